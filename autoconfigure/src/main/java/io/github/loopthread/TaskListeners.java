package io.github.loopthread;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.core.task.TaskRejectedException;

import io.github.loopthread.LoopTaskListener.Outcome;

/**
 * Those who want to hear of one task. They are told of its end once, whoever says so
 * first. What they throw is logged: it must not change what becomes of the task.
 */
final class TaskListeners {

	/**
	 * Nobody.
	 */
	static final TaskListeners NONE = new TaskListeners(List.of());

	private static final Log logger = LogFactory.getLog(TaskListeners.class);

	private final List<LoopTaskListener> listeners;

	private final AtomicBoolean ended = new AtomicBoolean();

	TaskListeners(List<LoopTaskListener> listeners) {
		this.listeners = listeners;
	}

	boolean isEmpty() {
		return this.listeners.isEmpty();
	}

	/**
	 * In reverse: who has put something on the caller's thread last, takes it away first.
	 */
	void handedOver() {
		for (int i = this.listeners.size() - 1; i >= 0; i--) {
			tell(this.listeners.get(i), LoopTaskListener::handedOver);
		}
	}

	void started() {
		for (LoopTaskListener listener : this.listeners) {
			tell(listener, LoopTaskListener::started);
		}
	}

	/**
	 * Tell them that the task has not been accepted.
	 * @return {@code false} if they have been told of another end before
	 */
	boolean refused(Throwable reason, Deadline deadline) {
		return ended((reason instanceof TaskRejectedException) ? Outcome.REJECTED : outcome(reason, deadline), reason);
	}

	/**
	 * Tell them that the task has its outcome.
	 * @param failure why it has no result, {@code null} after success
	 * @param deadline the task's, which may be what has passed
	 */
	void ended(@Nullable Throwable failure, Deadline deadline) {
		ended(outcome(failure, deadline), failure);
	}

	private boolean ended(Outcome outcome, @Nullable Throwable failure) {
		boolean first = isEmpty() || this.ended.compareAndSet(false, true);
		if (first) {
			for (LoopTaskListener listener : this.listeners) {
				tell(listener, (each) -> each.ended(outcome, failure));
			}
		}
		return first;
	}

	private static Outcome outcome(@Nullable Throwable failure, Deadline deadline) {
		if (failure == null) {
			return Outcome.SUCCESS;
		}
		if (failure instanceof LoopTimeoutException timeout && isOf(deadline, timeout)) {
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
	 * Return whether it is the task's deadline that has passed, and not that of another
	 * one that it has brought. That of a stream is a new one for each element.
	 */
	private static boolean isOf(Deadline deadline, LoopTimeoutException timeout) {
		return deadline.timeout() == null || timeout.isOf(deadline);
	}

	private static void tell(LoopTaskListener listener, Consumer<LoopTaskListener> event) {
		try {
			event.accept(listener);
		}
		catch (Throwable ex) {
			logger.error("A listener of a task failed, which changes nothing for the task", ex);
		}
	}

}
