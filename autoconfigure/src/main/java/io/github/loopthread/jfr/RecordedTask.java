package io.github.loopthread.jfr;

import java.util.Locale;

import jdk.jfr.EventType;
import org.jspecify.annotations.Nullable;

import io.github.loopthread.LoopTaskListener;

/**
 * A task that is being recorded.
 */
final class RecordedTask implements LoopTaskListener {

	private static final EventType TYPE = EventType.getEventType(TaskEvent.class);

	private final TaskEvent event = new TaskEvent();

	private final long startNanos = System.nanoTime();

	// Written by the loop, read by whoever ends the task; negative before
	private volatile long queuedNanos = -1;

	RecordedTask(String loop, String task) {
		this.event.loop = loop;
		this.event.task = task;
		this.event.caller = Thread.currentThread();
		this.event.begin();
	}

	/**
	 * Return whether a recording wants to have tasks.
	 */
	static boolean isWanted() {
		return TYPE.isEnabled();
	}

	@Override
	public void started() {
		this.queuedNanos = System.nanoTime() - this.startNanos;
	}

	@Override
	public void ended(Outcome outcome, @Nullable Throwable failure) {
		this.event.end();
		if (this.event.shouldCommit()) {
			long queued = this.queuedNanos;
			this.event.queued = (queued >= 0) ? queued : System.nanoTime() - this.startNanos;
			this.event.outcome = outcome.name().toLowerCase(Locale.ROOT);
			this.event.commit();
		}
	}

}
