package io.github.loopthread;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Thrown when a task did not finish within its timeout. The task has been cancelled. The
 * cause is a {@link TimeoutException}, for handlers that look for that.
 *
 * @since 1.0.0
 */
public class LoopTimeoutException extends RuntimeException {

	private final Duration timeout;

	LoopTimeoutException(String task, Duration timeout) {
		// Durations beyond the range of a long saturate here, where toMillis() would fail
		super("Task '%s' did not finish within %dms and was cancelled. Raise 'loop.timeout' or use withTimeout"
			.formatted(task, TimeUnit.MILLISECONDS.convert(timeout)), new TimeoutException());
		this.timeout = timeout;
	}

	/**
	 * Return the timeout that passed.
	 * @return the timeout
	 */
	public Duration getTimeout() {
		return this.timeout;
	}

}
