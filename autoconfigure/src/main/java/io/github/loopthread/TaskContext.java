package io.github.loopthread;

import io.micrometer.context.ContextSnapshot;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.Scannable.Attr;

import io.github.loopthread.LoopBoundary.Scope;

/**
 * For whom a thread works: a task and the thread-locals of its caller, which are the loop
 * thread's while something runs for that task, and only then.
 */
class TaskContext {

	private static final TaskContext NOBODY = new TaskContext(null, null);

	static final Scope NO_SCOPE = () -> {
	};

	private static final ContextSnapshot.Scope NO_VALUES = () -> {
	};

	private final @Nullable LoopBoundary boundary;

	private final @Nullable ContextSnapshot snapshot;

	TaskContext(@Nullable LoopBoundary boundary, @Nullable ContextSnapshot snapshot) {
		this.boundary = boundary;
		this.snapshot = snapshot;
	}

	/**
	 * Return the context whose scope is open on the calling thread.
	 */
	static TaskContext current() {
		TaskContext current = (Thread.currentThread() instanceof EventLoopThread thread) ? thread.taskContext() : null;
		return (current != null) ? current : NOBODY;
	}

	@Nullable LoopBoundary boundary() {
		return this.boundary;
	}

	/**
	 * Return the values, {@code null} if there are none.
	 */
	final @Nullable ContextSnapshot snapshot() {
		return this.snapshot;
	}

	/**
	 * Make the values those of the calling thread, if that is a loop's, until the scope
	 * is closed. Whoever is called within the scope may open it again at no cost.
	 */
	final Scope open() {
		if (!(Thread.currentThread() instanceof EventLoopThread thread) || this.equals(thread.taskContext())) {
			return NO_SCOPE;
		}
		TaskContext previous = thread.taskContext();
		ContextSnapshot.Scope values = (previous == null) ? thread.replaceValues(this.snapshot) : set(this.snapshot);
		thread.taskContext(this);
		return (previous == null) ? thread.enterTask(values) : () -> leave(thread, previous, values);
	}

	/**
	 * Set values until the scope is closed.
	 */
	static ContextSnapshot.Scope set(@Nullable ContextSnapshot values) {
		return (values != null) ? values.setThreadLocals() : NO_VALUES;
	}

	/**
	 * Take the values away again.
	 */
	static void leave(EventLoopThread thread, @Nullable TaskContext previous, ContextSnapshot.Scope values) {
		thread.taskContext(previous);
		try {
			values.close();
		}
		finally {
			// Another thing that a task may leave behind
			Thread.interrupted();
		}
	}

	/**
	 * Return what runs something with the values of the task it belongs to. An operator
	 * schedules itself, and its context says whose it is; it may be called by anyone.
	 * Other things belong to the task for which they are scheduled.
	 */
	final Runnable wrap(Runnable scheduled) {
		TaskContext context = ofSubscription(scheduled);
		TaskContext values = (context != null) ? context : this;
		return (values == NOBODY) ? scheduled : () -> {
			try (Scope scope = values.open()) {
				scheduled.run();
			}
		};
	}

	private static @Nullable TaskContext ofSubscription(Runnable scheduled) {
		Object subscriber = (scheduled instanceof CoreSubscriber || !(scheduled instanceof Scannable operator))
				? scheduled : operator.scanUnsafe(Attr.ACTUAL);
		return (subscriber instanceof CoreSubscriber<?> reactive
				&& LoopBoundary.of(reactive.currentContext()) instanceof LoopTask<?> task) ? task.context() : null;
	}

}
