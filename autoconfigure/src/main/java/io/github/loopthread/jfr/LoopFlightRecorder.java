package io.github.loopthread.jfr;

import org.springframework.util.Assert;

import io.github.loopthread.LoopThread;

/**
 * Writes what becomes of a loop and its tasks into recordings of the JDK's Flight
 * Recorder: the events {@code io.github.loopthread.Task} and
 * {@code io.github.loopthread.Stall}.
 * <p>
 * While no recording wants to have tasks, they cost next to nothing: one look at a flag
 * for each. The Flight Recorder itself is not touched before somebody has started it.
 *
 * @since 1.0.0
 */
public final class LoopFlightRecorder {

	private LoopFlightRecorder() {
	}

	/**
	 * Record what becomes of a loop and its tasks from now on, whenever a recording runs.
	 * @param loop the loop
	 * @throws IllegalArgumentException when the loop is {@code null}
	 */
	public static void recordEventsOf(LoopThread loop) {
		Assert.notNull(loop, "'loop' must not be null");
		loop.addListener(new TaskRecorder(loop.getName()));
		loop.addListener(new RecordedStalls(loop.getName()));
	}

}
