package io.github.loopthread;

import java.time.Duration;

/**
 * Is told what becomes of a loop: for meters, recordings and logs.
 * <p>
 * Each method says where it is called. It must not block: it would hold up the loop's
 * start or the watchdog. What it throws is logged, and changes nothing for the loop.
 *
 * @since 1.0.0
 * @see LoopThread#addListener(LoopListener)
 */
public interface LoopListener {

	/**
	 * Called when the loop runs and its resources are open, after each start, before
	 * whoever has started it goes on. Not on the loop thread, but on one where waiting
	 * for a task, and bringing one, is refused all the same.
	 */
	default void started() {
	}

	/**
	 * Called on the watchdog's thread when the loop has answered it, some ten times a
	 * second while it does. That thread keeps the deadlines of tasks for which no caller
	 * waits, so this must not block.
	 * @param lag how long the answer took: for as long does anything wait before the loop
	 * comes to it
	 */
	default void answered(Duration lag) {
	}

	/**
	 * Called on a thread of its own when the loop has owed an answer for as long as the
	 * threshold of its settings, once for each stall.
	 * @param stall what is known of it so far
	 */
	default void stalled(LoopStall stall) {
	}

	/**
	 * Called on a thread of its own when the loop answers after a stall, and after the
	 * stall was told.
	 * @param stall what there was to know of it when it was noticed, and how long it has
	 * lasted in the end
	 */
	default void recovered(LoopStall stall) {
	}

}
