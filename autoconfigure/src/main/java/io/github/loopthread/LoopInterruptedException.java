package io.github.loopthread;

/**
 * Thrown when the caller was interrupted. Its interrupt flag is set, and its task is
 * cancelled or was never started. Only the release of a {@link LoopLease} goes on, and
 * the forks of a {@link LoopScope} until that is closed.
 *
 * @since 1.0.0
 */
public class LoopInterruptedException extends RuntimeException {

	private LoopInterruptedException(String message) {
		super(message);
	}

	static LoopInterruptedException beforeStart(String task) {
		return new LoopInterruptedException(
				"Task '%s' was not started: its caller had been interrupted before".formatted(task));
	}

	static LoopInterruptedException whileWaiting(String task) {
		return new LoopInterruptedException(
				"Interrupted while waiting for task '%s', which was cancelled".formatted(task));
	}

	static LoopInterruptedException whileWaitingForRelease(String task) {
		return new LoopInterruptedException("Interrupted while waiting for task '%s', which goes on".formatted(task));
	}

	static LoopInterruptedException whileJoining(String forks) {
		return new LoopInterruptedException(
				"Interrupted while waiting for %s, which goes on until the scope is closed".formatted(forks));
	}

	static LoopInterruptedException whileLoopStarts(String loop) {
		return new LoopInterruptedException("Interrupted while waiting for loop '%s' to start".formatted(loop));
	}

}
