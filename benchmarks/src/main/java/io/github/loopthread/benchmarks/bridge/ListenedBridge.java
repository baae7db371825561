package io.github.loopthread.benchmarks.bridge;

import java.util.concurrent.atomic.LongAdder;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

import io.github.loopthread.LoopTaskListener;
import io.github.loopthread.LoopThread;

/**
 * One where somebody listens to every task, and does about what meters do: take the time
 * and add it up.
 */
@State(Scope.Benchmark)
public class ListenedBridge extends Bridge {

	private final LongAdder queued = new LongAdder();

	private final LongAdder took = new LongAdder();

	@Override
	void prepare(LoopThread loop) {
		loop.addListener((String task) -> new Times());
	}

	private final class Times implements LoopTaskListener {

		private final long created = System.nanoTime();

		@Override
		public void started() {
			ListenedBridge.this.queued.add(System.nanoTime() - this.created);
		}

		@Override
		public void ended(Outcome outcome, @Nullable Throwable failure) {
			ListenedBridge.this.took.add(System.nanoTime() - this.created);
		}

	}

}
