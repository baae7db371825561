package io.github.loopthread;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Thrown when a task did not finish within its timeout. The task has been cancelled. The
 * message says what it was waiting for: still queued, running, the HTTP exchanges that
 * were open, or a blocked loop and the frame that blocks it. The cause is a
 * {@link TimeoutException}, for handlers that look for that.
 *
 * @since 1.0.0
 */
public class LoopTimeoutException extends RuntimeException {

	private final Duration timeout;

	/**
	 * Create an exception.
	 * @param end what becomes of the task
	 */
	LoopTimeoutException(String task, Duration timeout, Duration elapsed, String waitingFor, String end) {
		super("Task '%s' did not finish within %s and %s after %s, %s. Raise 'loop.timeout' or use withTimeout"
			.formatted(task, millis(timeout), end, millis(elapsed), waitingFor), new TimeoutException());
		this.timeout = timeout;
	}

	private LoopTimeoutException(String message, Duration timeout) {
		super(message, new TimeoutException());
		this.timeout = timeout;
	}

	static LoopTimeoutException ofStream(String stream, Duration timeout, Duration elapsed, String waitingFor) {
		return new LoopTimeoutException(
				("Stream '%s' gave no element within %s and was closed after %s, %s. Raise 'loop.timeout' "
						+ "or use withTimeout")
					.formatted(stream, millis(timeout), millis(elapsed), waitingFor),
				timeout);
	}

	/**
	 * Write a duration for a message. Durations beyond the range of a long saturate here,
	 * where {@code toMillis} would fail.
	 */
	static String millis(Duration duration) {
		return TimeUnit.MILLISECONDS.convert(duration) + "ms";
	}

	/**
	 * Return the timeout that passed.
	 * @return the timeout
	 */
	public Duration getTimeout() {
		return this.timeout;
	}

}
