package io.github.loopthread;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import io.github.loopthread.LoopTaskListener.Outcome;

/**
 * Those who want to hear of one task. They are told of its end once, whoever says so
 * first. What they throw is logged: it must not change what becomes of the task.
 */
final class TaskListeners {

	private static final Log logger = LogFactory.getLog(TaskListeners.class);

	private final List<LoopTaskListener> listeners;

	private final AtomicBoolean ended = new AtomicBoolean();

	TaskListeners(List<LoopTaskListener> listeners) {
		this.listeners = listeners;
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

	void ended(Outcome outcome, @Nullable Throwable failure) {
		if (this.ended.compareAndSet(false, true)) {
			for (LoopTaskListener listener : this.listeners) {
				tell(listener, (each) -> each.ended(outcome, failure));
			}
		}
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
