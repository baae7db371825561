package io.github.loopthread;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * A loop without a thread: whoever runs it is its thread at that moment.
 */
final class HandDrivenLoop implements Executor {

	private final Queue<Runnable> steps = new ConcurrentLinkedQueue<>();

	private volatile boolean ended;

	@Override
	public void execute(Runnable step) {
		this.steps.add(step);
		// As Netty's does: refused, or taken before the end
		if (this.ended && this.steps.remove(step)) {
			throw new RejectedExecutionException();
		}
	}

	/**
	 * Take every step that there is.
	 */
	void run() {
		for (Runnable step = this.steps.poll(); step != null; step = this.steps.poll()) {
			step.run();
		}
	}

	boolean isIdle() {
		return this.steps.isEmpty();
	}

	/**
	 * Take no step any more, also not those that there are.
	 */
	void end() {
		this.ended = true;
	}

}
