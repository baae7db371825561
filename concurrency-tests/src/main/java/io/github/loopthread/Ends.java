package io.github.loopthread;

import java.util.concurrent.CancellationException;

import org.jspecify.annotations.Nullable;

/**
 * How a task ends, as a number: the races report numbers.
 */
final class Ends {

	static final int NONE = 0;

	static final int VALUE = 1;

	static final int TIMEOUT = 2;

	static final int CANCELLED = 3;

	static final int INTERRUPTED = 4;

	static final int STOPPED = 5;

	static final int ANOTHER = 9;

	private Ends() {
	}

	/**
	 * Wait for the task as its caller does.
	 * @return what that one gets
	 */
	static int await(LoopTask<?> task) {
		try {
			return (CallerWait.await(task) != null) ? VALUE : ANOTHER;
		}
		catch (RuntimeException ex) {
			return of(ex);
		}
	}

	/**
	 * Return what the task has ended with, without waiting.
	 */
	static int of(LoopTask<?> task) {
		if (!task.isDone()) {
			return NONE;
		}
		Throwable failure = task.failure();
		return (failure != null) ? of(failure) : (task.getNow(null) != null) ? VALUE : ANOTHER;
	}

	static int of(@Nullable Throwable failure) {
		if (failure instanceof LoopTimeoutException) {
			return TIMEOUT;
		}
		if (failure instanceof LoopInterruptedException) {
			return INTERRUPTED;
		}
		if (failure instanceof LoopStoppedException) {
			return STOPPED;
		}
		return (failure instanceof CancellationException) ? CANCELLED : ANOTHER;
	}

}
