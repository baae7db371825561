package io.github.loopthread;

import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * The boundary between a task and a client that lives on the loop: what the client tells
 * the task it works for. For adapters of clients, such as the one for HTTP; application
 * code has no use for it.
 *
 * @since 1.0.0
 */
public interface LoopBoundary {

	/**
	 * Return the boundary of the task to which a subscription belongs: the one in whose
	 * context it is made, or else the one for which the calling thread works, as when a
	 * task turns a publisher into a future.
	 * @param context the context of the subscriber
	 * @return the boundary, {@code null} when the subscription belongs to no task
	 */
	static @Nullable LoopBoundary of(ContextView context) {
		LoopBoundary boundary = context.getOrDefault(LoopBoundary.class, null);
		return (boundary != null) ? boundary : TaskContext.current().boundary();
	}

	/**
	 * Return whether the task has its outcome, on any thread. What is begun for it from
	 * then on is nobody's: no caller waits for it, and no deadline ends it.
	 * @return whether the task has an outcome
	 */
	boolean isDone();

	/**
	 * Say that the task waits for an operation, on any thread.
	 * @param operation the operation; its {@code toString} says in a message what it is,
	 * what it does at the moment and since when, without secrets
	 */
	void began(Object operation);

	/**
	 * Say that the task no longer waits for an operation, on any thread.
	 * @param operation the operation
	 */
	void ended(Object operation);

	/**
	 * Give the calling thread, if it is the loop's, the thread-locals of the task's
	 * caller. For each signal that arrives from outside, around everything that is called
	 * on behalf of the task. An open scope may be opened again, at no cost.
	 * @return what takes them away again when it is closed, on the same thread
	 */
	Scope open();

	/**
	 * Fail the task at once, on any thread: with an error that Reactor has thrown into
	 * the client instead of signalling it. Without this, the task's caller would learn
	 * nothing before its deadline.
	 * @param error what was thrown
	 */
	void fail(Throwable error);

	/**
	 * The time for which a thread has the values of a task.
	 */
	@FunctionalInterface
	interface Scope extends AutoCloseable {

		@Override
		void close();

	}

}
