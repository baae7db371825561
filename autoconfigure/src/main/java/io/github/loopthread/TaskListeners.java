package io.github.loopthread;

import java.util.List;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import io.github.loopthread.LoopTaskListener.Outcome;

/**
 * Those who want to hear of one task. What they throw is logged: it must not change what
 * becomes of the task.
 */
final class TaskListeners {

	private static final Log logger = LogFactory.getLog(TaskListeners.class);

	private final List<LoopTaskListener> listeners;

	TaskListeners(List<LoopTaskListener> listeners) {
		this.listeners = listeners;
	}

	void handedOver() {
		tell(LoopTaskListener::handedOver);
	}

	void started() {
		tell(LoopTaskListener::started);
	}

	void ended(Outcome outcome, @Nullable Throwable failure) {
		tell((listener) -> listener.ended(outcome, failure));
	}

	private void tell(Consumer<LoopTaskListener> event) {
		for (LoopTaskListener listener : this.listeners) {
			try {
				event.accept(listener);
			}
			catch (Throwable ex) {
				logger.error("A listener of a task failed, which changes nothing for the task", ex);
			}
		}
	}

}
