package io.github.loopthread;

import java.util.concurrent.CancellationException;

import org.jspecify.annotations.Nullable;

import org.springframework.core.task.TaskRejectedException;

import io.github.loopthread.LoopTaskListener.Outcome;

/**
 * Where a task comes from: its name and deadline, who has brought it, who has its future,
 * and who wants to hear of it.
 *
 * @param listeners who is told what becomes of it, {@code null} if nobody wants to know
 */
record TaskOrigin(String name, Deadline deadline, Caller caller, Holder holder, @Nullable TaskListeners listeners) {

	/**
	 * Return the origin of a task that nobody hears of: one of our own, or one that runs
	 * without a loop.
	 */
	static TaskOrigin internal(String name, Deadline deadline) {
		return new TaskOrigin(name, deadline, new Caller(null, null), Holder.LOOP, null);
	}

	void handedOver() {
		if (this.listeners != null) {
			this.listeners.handedOver();
		}
	}

	void started() {
		if (this.listeners != null) {
			this.listeners.started();
		}
	}

	void rejected(TaskRejectedException reason) {
		if (this.listeners != null) {
			this.listeners.ended(Outcome.REJECTED, reason);
		}
	}

	void ended(@Nullable Throwable failure) {
		if (this.listeners != null) {
			this.listeners.ended(outcome(failure), failure);
		}
	}

	private Outcome outcome(@Nullable Throwable failure) {
		if (failure == null) {
			return Outcome.SUCCESS;
		}
		if (failure instanceof LoopTimeoutException timeout && isOurs(timeout)) {
			return Outcome.TIMEOUT;
		}
		if (failure instanceof LoopInterruptedException) {
			return Outcome.INTERRUPTED;
		}
		if (failure instanceof LoopStoppedException) {
			return Outcome.STOPPED;
		}
		return (failure instanceof CancellationException) ? Outcome.CANCELLED : Outcome.ERROR;
	}

	/**
	 * Return whether it is this task's deadline that has passed, and not that of another
	 * one that it has brought. That of a stream is a new one for each element.
	 */
	private boolean isOurs(LoopTimeoutException timeout) {
		return this.deadline.timeout() == null || timeout.isOf(this.deadline);
	}

	/**
	 * Who has the future of a task.
	 */
	enum Holder {

		/**
		 * Its caller, who waits for it. That one's clock is exact, and its frames say
		 * more: the deadline is left to it.
		 */
		WAITING_CALLER,

		/**
		 * We: nobody outside has it, so that completing it calls nothing that might
		 * block.
		 */
		LOOP,

		/**
		 * Anybody: it has been handed out.
		 */
		ANYBODY

	}

}
