package io.github.loopthread;

import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.Scannable.Attr;
import reactor.util.context.Context;

import io.github.loopthread.LoopBoundary.Scope;

/**
 * The thread-locals of the caller of a task, which are the loop thread's while something
 * runs for that task, and only then.
 */
final class TaskContext {

	/**
	 * That of a task which has no caller.
	 */
	static final TaskContext NONE = new TaskContext(null);

	private static final Scope NO_SCOPE = () -> {
	};

	private final @Nullable ContextSnapshot snapshot;

	private TaskContext(@Nullable ContextSnapshot snapshot) {
		this.snapshot = snapshot;
	}

	/**
	 * Capture the calling thread's values.
	 */
	static TaskContext capture(ContextSnapshotFactory snapshots) {
		return new TaskContext(snapshots.captureAll());
	}

	/**
	 * Return the context whose scope is open on the calling thread.
	 */
	static TaskContext current() {
		TaskContext current = (Thread.currentThread() instanceof EventLoopThread thread) ? thread.taskContext() : null;
		return (current != null) ? current : NONE;
	}

	/**
	 * Make the values those of the calling thread, if that is a loop's, until the scope
	 * is closed. Whoever is called within the scope may open it again at no cost.
	 */
	Scope open() {
		if (this.snapshot == null || !(Thread.currentThread() instanceof EventLoopThread thread)
				|| thread.taskContext() == this) {
			return NO_SCOPE;
		}
		TaskContext previous = thread.taskContext();
		ContextSnapshot.Scope values = this.snapshot.setThreadLocals();
		thread.taskContext(this);
		return () -> {
			thread.taskContext(previous);
			values.close();
		};
	}

	/**
	 * Return what runs something with the values of the task it belongs to. An operator
	 * schedules itself, and its context says whose it is; it may be called by anyone.
	 * Other things belong to the task for which they are scheduled.
	 */
	Runnable wrap(Runnable scheduled) {
		TaskContext context = ofSubscription(scheduled);
		TaskContext values = (context != null) ? context : this;
		return (values == NONE) ? scheduled : () -> {
			try (Scope scope = values.open()) {
				scheduled.run();
			}
		};
	}

	private static @Nullable TaskContext ofSubscription(Runnable scheduled) {
		Object subscriber = (scheduled instanceof CoreSubscriber || !(scheduled instanceof Scannable operator))
				? scheduled : operator.scanUnsafe(Attr.ACTUAL);
		return (subscriber instanceof CoreSubscriber<?> reactive
				&& LoopBoundary.of(reactive.currentContext()) instanceof LoopTask<?> task) ? task.taskContext() : null;
	}

	/**
	 * Add the values to a Reactor context, where operators and the automatic hook look
	 * for them.
	 */
	Context addTo(Context context) {
		return (this.snapshot != null) ? this.snapshot.updateContext(context) : context;
	}

}
