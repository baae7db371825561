package io.github.loopthread;

import org.jspecify.annotations.Nullable;

/**
 * Is told what becomes of one task: for meters, traces and recordings. Its
 * {@link Factory} makes one for each task that a caller brings, whatever brings it: an
 * {@code execute}, a {@code submit}, a fork, a stream, or the acquisition of a lease.
 * <p>
 * <b>Order.</b> {@link #handedOver()}, {@link #started()} and {@link #ended} come once at
 * most. A task that is refused or cancelled early does not start, and one that is quick
 * may start, and end, before it has been handed over.
 * <p>
 * <b>Threads.</b> Each method says where it is called. It must not block: it would hold
 * up the loop or a caller. What it throws is logged, and changes nothing for the task.
 *
 * @since 1.0.0
 * @see LoopThread#addListener(Factory)
 */
public interface LoopTaskListener {

	/**
	 * Called on the caller's thread when the loop has been given the task, or has refused
	 * it: when everything that travels with the task has been captured. For those that
	 * have put something on that thread for the task to take along; where there are
	 * several, the one made last is told first.
	 */
	default void handedOver() {
	}

	/**
	 * Called on the loop thread when it comes to the task, before the source is
	 * subscribed.
	 */
	default void started() {
	}

	/**
	 * Called when the task has its outcome, before its caller goes on with that: on the
	 * caller's thread after an {@code execute} or the acquisition of a lease, else on the
	 * one that ends the task. Where two threads end a task whose future or fork somebody
	 * holds at the same moment, the second waits for nobody, and may go on while the
	 * first is calling. What the task does on the loop may go on for a while if it was
	 * cancelled.
	 * @param outcome how it has ended
	 * @param failure why it has no result, {@code null} after success
	 */
	default void ended(Outcome outcome, @Nullable Throwable failure) {
	}

	/**
	 * Makes a listener for each task.
	 */
	@FunctionalInterface
	interface Factory {

		/**
		 * Called on the caller's thread for each task that it brings, before the loop has
		 * accepted it and before what travels with it is captured.
		 * @param task the name of the task
		 * @return the listener, {@code null} if this task is of no interest
		 */
		@Nullable LoopTaskListener create(String task);

	}

	/**
	 * How a task has ended.
	 */
	enum Outcome {

		/**
		 * With a value or without.
		 */
		SUCCESS,

		/**
		 * With a failure of its own.
		 */
		ERROR,

		/**
		 * Its deadline passed first.
		 */
		TIMEOUT,

		/**
		 * Its caller was interrupted.
		 */
		INTERRUPTED,

		/**
		 * Its caller, or the scope it belongs to, no longer wanted it.
		 */
		CANCELLED,

		/**
		 * It was not accepted: the loop was not running, or the limit of tasks reached.
		 */
		REJECTED,

		/**
		 * The loop stopped or died first.
		 */
		STOPPED

	}

}
