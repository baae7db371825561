package io.github.loopthread;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What a task is doing, at the moment it was asked for.
 *
 * @param name the name of the task
 * @param state how far it has come
 * @param age the time since its caller brought it
 * @param timeLeft the time until its deadline, zero when that has passed; {@code null} if
 * it has none, as a stream, whose deadline is for each element
 * @param callerThread the name of the thread that brought it
 * @param callerWaits whether a thread waits for it
 * @param callerWork what its caller was doing, such as the HTTP request that it served;
 * {@code null} if that is not known
 * @param waitsFor the operations that are open for it, such as HTTP exchanges, in no
 * order
 * @since 1.0.0
 * @see LoopThread#tasks()
 */
public record LoopTaskInfo(String name, State state, Duration age, @Nullable Duration timeLeft, String callerThread,
		boolean callerWaits, @Nullable String callerWork, List<String> waitsFor) {

	/**
	 * How far a task has come.
	 */
	public enum State {

		/**
		 * The loop has not come to it yet.
		 */
		QUEUED,

		/**
		 * It runs, or waits for what it has begun.
		 */
		RUNNING,

		/**
		 * Its caller has its outcome, or it is being cancelled, and its end on the loop
		 * is still to come.
		 */
		CANCELLING

	}

}
