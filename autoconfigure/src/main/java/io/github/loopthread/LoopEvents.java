package io.github.loopthread;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Who wants to hear of a loop and its tasks, through all its lives. Costs a task nothing
 * while nobody does.
 */
final class LoopEvents {

	private static final Log logger = LogFactory.getLog(LoopEvents.class);

	private final CopyOnWriteArrayList<LoopTaskListener.Factory> taskListeners = new CopyOnWriteArrayList<>();

	private final CopyOnWriteArrayList<LoopListener> loopListeners = new CopyOnWriteArrayList<>();

	private final LongAdder stalls = new LongAdder();

	private final DroppedResults dropped = new DroppedResults();

	// Written by whoever wants to have it, read by callers
	private volatile @Nullable Supplier<? extends @Nullable Object> callerWork;

	void add(LoopTaskListener.Factory listeners) {
		this.taskListeners.addIfAbsent(listeners);
	}

	void add(LoopListener listener) {
		this.loopListeners.addIfAbsent(listener);
	}

	void describeCallersWith(Supplier<? extends @Nullable Object> work) {
		this.callerWork = work;
	}

	/**
	 * Return who wants to hear of a task that the calling thread brings.
	 */
	TaskListeners listenersOf(String task) {
		// Made for the first that wants to hear of this very task: most have no listener
		List<LoopTaskListener> listeners = null;
		for (LoopTaskListener.Factory factory : this.taskListeners) {
			try {
				LoopTaskListener listener = factory.create(task);
				if (listener != null) {
					listeners = (listeners != null) ? listeners : new ArrayList<>();
					listeners.add(listener);
				}
			}
			catch (Throwable ex) {
				logger.error("A listener could not be made for task '%s', which runs without".formatted(task), ex);
			}
		}
		return (listeners != null) ? new TaskListeners(listeners) : TaskListeners.NONE;
	}

	/**
	 * Return what the calling thread does, {@code null} if that is not known.
	 */
	@Nullable Object callerWork() {
		Supplier<? extends @Nullable Object> work = this.callerWork;
		try {
			return (work != null) ? work.get() : null;
		}
		catch (Throwable ex) {
			logger.error("What a caller does could not be told, and is left out", ex);
			return null;
		}
	}

	void started() {
		tell(LoopListener::started);
	}

	void answered(Duration lag) {
		tell((listener) -> listener.answered(lag));
	}

	void stalled(LoopStall stall) {
		this.stalls.increment();
		tell((listener) -> listener.stalled(stall));
	}

	void recovered(LoopStall stall) {
		tell((listener) -> listener.recovered(stall));
	}

	long stalls() {
		return this.stalls.sum();
	}

	/**
	 * Return where results go for which nobody waits any more.
	 */
	DroppedResults dropped() {
		return this.dropped;
	}

	private void tell(Consumer<LoopListener> event) {
		for (LoopListener listener : this.loopListeners) {
			try {
				event.accept(listener);
			}
			catch (Throwable ex) {
				logger.error("A listener of the loop failed, which changes nothing for the loop", ex);
			}
		}
	}

}
