package io.github.loopthread.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;

import io.github.loopthread.LoopThread;

/**
 * Looks at the loop while it works, if there is one.
 */
final class LoopWatch {

	private final @Nullable LoopThread loop;

	private final List<Double> lags = Collections.synchronizedList(new ArrayList<>());

	private volatile double busy;

	LoopWatch(ApplicationContext context) {
		this.loop = context.getBeanProvider(LoopThread.class).getIfAvailable();
	}

	void look() {
		if (this.loop != null) {
			this.lags.add(this.loop.lag().toNanos() / 1e6);
			this.busy = this.loop.busy();
		}
	}

	/** Return the lag that nine looks out of ten did not exceed. */
	double lagMillis() {
		List<Double> sorted = this.lags.stream().sorted().toList();
		return sorted.isEmpty() ? 0 : sorted.get(sorted.size() * 9 / 10);
	}

	/** Return the share of its time that it was at work, as last seen. */
	double busy() {
		return this.busy;
	}

}
