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
 * For whom a thread works: a task and the thread-locals of its caller, which are the loop
 * thread's while something runs for that task, and only then.
 */
final class TaskContext {

	private static final TaskContext NOBODY = new TaskContext(null, null);

	private static final Scope NO_SCOPE = () -> {
	};

	private final @Nullable LoopBoundary boundary;

	private final @Nullable ContextSnapshot snapshot;

	private TaskContext(@Nullable LoopBoundary boundary, @Nullable ContextSnapshot snapshot) {
		this.boundary = boundary;
		this.snapshot = snapshot;
	}

	/**
	 * Capture the calling thread's values for a task.
	 */
	static TaskContext capture(LoopBoundary boundary, ContextSnapshotFactory snapshots) {
		return new TaskContext(boundary, snapshots.captureAll());
	}

	/**
	 * Return the context of a task that takes no values along.
	 */
	static TaskContext withoutValues(LoopBoundary boundary) {
		return new TaskContext(boundary, null);
	}

	/**
	 * Return the same values for another task.
	 */
	TaskContext forTask(LoopBoundary other) {
		return new TaskContext(other, this.snapshot);
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
	 * Make the values those of the calling thread, if that is a loop's, until the scope
	 * is closed. Whoever is called within the scope may open it again at no cost.
	 */
	Scope open() {
		if (!(Thread.currentThread() instanceof EventLoopThread thread) || thread.taskContext() == this) {
			return NO_SCOPE;
		}
		TaskContext previous = thread.taskContext();
		if (previous == null) {
			// What something outside of every scope has left there would come back
			thread.clearValues();
		}
		ContextSnapshot.Scope values = (this.snapshot != null) ? this.snapshot.setThreadLocals() : null;
		thread.taskContext(this);
		return () -> {
			thread.taskContext(previous);
			if (values != null) {
				values.close();
			}
			// Another thing that a task may leave behind
			Thread.interrupted();
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
				&& LoopBoundary.of(reactive.currentContext()) instanceof LoopTask<?> task) ? task.taskContext() : null;
	}

	/**
	 * Return the Reactor context of a task, with the values, which operators and the
	 * automatic hook look for there.
	 */
	Context toReactor(LoopBoundary task, Context hooks) {
		return new TaskReactorContext(task, (this.snapshot != null) ? this.snapshot.updateContext(hooks) : hooks);
	}

}
