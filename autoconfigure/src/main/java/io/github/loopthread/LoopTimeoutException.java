package io.github.loopthread;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when a task did not finish within its timeout. The task has been cancelled. The
 * message says what it was waiting for: still queued, running, the HTTP exchanges that
 * were open, or a blocked loop and the frame that blocks it. That of a {@link LoopScope}
 * says so of each fork, along with those that came in time. The cause is a
 * {@link TimeoutException}, for handlers that look for that.
 *
 * @since 1.0.0
 */
public class LoopTimeoutException extends RuntimeException {

	private final Duration timeout;

	// For the program that is running only: whose deadline it was, and what is in the
	// message of a task

	private final transient Deadline deadline;

	private final transient @Nullable String waitingFor;

	private LoopTimeoutException(String what, Deadline deadline, String end, String details,
			@Nullable String waitingFor) {
		super("%s within %s and %s after %s%s. Raise 'loop.timeout' or use withTimeout".formatted(what,
				millis(timeoutOf(deadline)), end, millis(deadline.elapsed()), details), new TimeoutException());
		this.timeout = timeoutOf(deadline);
		this.deadline = deadline;
		this.waitingFor = waitingFor;
	}

	/**
	 * Create the exception of a task.
	 * @param end what becomes of the task
	 */
	static LoopTimeoutException ofTask(String task, Deadline deadline, String waitingFor, String end) {
		return new LoopTimeoutException("Task '%s' did not finish".formatted(task), deadline, end, ", " + waitingFor,
				waitingFor);
	}

	/**
	 * Create the exception of a scope.
	 * @param report what became of each of its forks
	 */
	static LoopTimeoutException ofScope(String scope, Deadline deadline, String report) {
		return new LoopTimeoutException("%s did not finish".formatted(scope), deadline, "was cancelled", ": " + report,
				null);
	}

	/**
	 * Create the exception of a stream whose next element did not come.
	 */
	static LoopTimeoutException ofStream(String stream, Deadline deadline, String waitingFor) {
		return new LoopTimeoutException("Stream '%s' gave no element".formatted(stream), deadline, "was closed",
				", " + waitingFor, waitingFor);
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

	/**
	 * Return whether it was this very deadline that passed.
	 */
	boolean isOf(Deadline deadline) {
		return this.deadline == deadline;
	}

	/**
	 * Return what a task was waiting for, {@code null} when it was not a task.
	 */
	@Nullable String waitingFor() {
		return this.waitingFor;
	}

	private static Duration timeoutOf(Deadline deadline) {
		return Objects.requireNonNull(deadline.timeout(), "only a deadline passes");
	}

}
