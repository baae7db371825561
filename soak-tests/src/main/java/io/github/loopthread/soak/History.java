package io.github.loopthread.soak;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * When requests were due, and how many of them were a success. Time is counted in slots
 * of 50 milliseconds, from when the history begins.
 */
final class History {

	static final Duration SLOT = Duration.ofMillis(50);

	private final AtomicIntegerArray due;

	private final AtomicIntegerArray good;

	private final AtomicIntegerArray bad;

	History(Duration length) {
		int slots = (int) (length.toMillis() / SLOT.toMillis()) + 1;
		this.due = new AtomicIntegerArray(slots);
		this.good = new AtomicIntegerArray(slots);
		this.bad = new AtomicIntegerArray(slots);
	}

	/** Return the slot of a time since the history's beginning. */
	int slot(Duration time) {
		return Math.min((int) (time.toMillis() / SLOT.toMillis()), this.due.length() - 1);
	}

	/** Note that a request was due. */
	void due(int slot) {
		this.due.incrementAndGet(slot);
	}

	/** Note what became of a request that was due in that slot. */
	void ended(int slot, boolean success) {
		(success ? this.good : this.bad).incrementAndGet(slot);
	}

	/**
	 * Say what became of the requests that were due in a window of slots.
	 * @param from the first slot
	 * @param count how many slots there are in the window
	 */
	Window window(int from, int count) {
		int due = 0;
		int good = 0;
		int bad = 0;
		for (int slot = from; slot < Math.min(from + count, this.due.length()); slot++) {
			due += this.due.get(slot);
			good += this.good.get(slot);
			bad += this.bad.get(slot);
		}
		return new Window(due, good, bad);
	}

	/**
	 * Requests of some time.
	 *
	 * @param due how many should have been sent
	 * @param good how many were a success
	 * @param bad how many were not, or could not be sent
	 */
	record Window(int due, int good, int bad) {

		/** Return whether it is known what became of all. */
		boolean isDecided() {
			return this.due == this.good + this.bad;
		}

		/** Return the share of successes. */
		double success() {
			return (this.due > 0) ? (double) this.good / this.due : 0;
		}

	}

}
