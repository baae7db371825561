package io.github.loopthread;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * What a template says about each of its tasks.
 *
 * @param name the name for messages
 * @param timeout how long the task may take, {@code null} for no limit
 */
record TaskOptions(String name, @Nullable Duration timeout) {

	static final TaskOptions UNNAMED = new TaskOptions("unnamed", null);

	// A quarter of the range of System.nanoTime(), some 73 years: what is longer would
	// overflow where deadlines are compared
	private static final long MAX_NANOS = Long.MAX_VALUE / 4;

	TaskOptions withName(String name) {
		Assert.hasText(name, () -> "'name' must not be blank, but is '%s'".formatted(name));
		return new TaskOptions(name, this.timeout);
	}

	TaskOptions withTimeout(Duration timeout) {
		Assert.notNull(timeout, "'timeout' must not be null");
		Assert.isTrue(!timeout.isZero() && !timeout.isNegative(),
				() -> "'timeout' must be more than zero, but is %s. Use withoutTimeout to wait without a limit"
					.formatted(timeout));
		return new TaskOptions(this.name, timeout);
	}

	TaskOptions withoutTimeout() {
		return new TaskOptions(this.name, null);
	}

	long timeoutNanos() {
		return (this.timeout != null) ? Math.min(TimeUnit.NANOSECONDS.convert(this.timeout), MAX_NANOS) : MAX_NANOS;
	}

}
