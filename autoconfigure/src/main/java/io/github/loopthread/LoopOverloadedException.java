package io.github.loopthread;

import org.springframework.core.task.TaskRejectedException;

/**
 * Thrown when a task was refused because as many tasks as are allowed had not ended yet.
 *
 * @since 1.0.0
 */
public class LoopOverloadedException extends TaskRejectedException {

	private final int limit;

	LoopOverloadedException(String task, int limit) {
		super("Task '%s' was rejected: %d tasks are running, which is the limit ('loop.max-concurrent-tasks')"
			.formatted(task, limit));
		this.limit = limit;
	}

	/**
	 * Return the limit that was reached.
	 * @return the number of tasks that may run at once
	 */
	public int getLimit() {
		return this.limit;
	}

}
