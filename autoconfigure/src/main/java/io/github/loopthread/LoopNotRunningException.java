package io.github.loopthread;

import org.springframework.core.task.TaskRejectedException;

/**
 * Thrown when something asks for the loop while it does not run. No task was started.
 *
 * @since 1.0.0
 */
public class LoopNotRunningException extends TaskRejectedException {

	/**
	 * Create an exception.
	 * @param message what asked, and why the loop does not run
	 */
	public LoopNotRunningException(String message) {
		super(message);
	}

	LoopNotRunningException(String message, Throwable cause) {
		super(message, cause);
	}

}
