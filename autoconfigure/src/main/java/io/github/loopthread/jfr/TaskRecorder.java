package io.github.loopthread.jfr;

import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;

import io.github.loopthread.LoopTaskListener;

/**
 * Records the tasks of a loop while a recording wants to have them.
 */
final class TaskRecorder implements LoopTaskListener.Factory {

	private final String loop;

	TaskRecorder(String loop) {
		this.loop = loop;
	}

	@Override
	public @Nullable LoopTaskListener create(String task) {
		// In this order: the first look at an event type loads the whole recorder, which
		// takes up to a second, and nobody may ever want it
		return (FlightRecorder.isInitialized() && RecordedTask.isWanted()) ? new RecordedTask(this.loop, task) : null;
	}

}
