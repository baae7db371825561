package io.github.loopthread.jfr;

import org.jspecify.annotations.Nullable;

import io.github.loopthread.LoopListener;
import io.github.loopthread.LoopStall;

/**
 * Records the stalls of a loop. One that never ends is in a recording all the same, as it
 * was noticed: it is the one that somebody will look for.
 */
final class RecordedStalls implements LoopListener {

	private final String loop;

	// That of a stall which has not ended; written by watchdogs, one for each life of the
	// loop
	private volatile @Nullable StallEvent open;

	RecordedStalls(String loop) {
		this.loop = loop;
	}

	@Override
	public void stalled(LoopStall stall) {
		StallEvent ending = new StallEvent();
		ending.begin();
		this.open = ending;
		commit(new StallEvent(), stall, false);
	}

	@Override
	public void recovered(LoopStall stall) {
		StallEvent ending = this.open;
		this.open = null;
		if (ending != null) {
			commit(ending, stall, true);
		}
	}

	private void commit(StallEvent event, LoopStall stall, boolean ended) {
		event.loop = this.loop;
		event.task = stall.task();
		event.frame = stall.frame();
		event.unanswered = stall.duration().toNanos();
		event.ended = ended;
		event.commit();
	}

}
