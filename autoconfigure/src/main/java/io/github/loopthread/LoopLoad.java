package io.github.loopthread;

import java.util.function.LongSupplier;

/**
 * For which share of its time the loop has been at work, over the latest second or so.
 */
final class LoopLoad {

	private static final int SAMPLES = 10;

	private final LongSupplier activeNanos;

	private final LongSupplier clock;

	// All but the share are the sampling thread's

	private final long[] active = new long[SAMPLES];

	private final long[] elapsed = new long[SAMPLES];

	private int next;

	private long lastSample;

	// Written by the thread that samples, read by any
	private volatile double share;

	/**
	 * Create what measures a loop.
	 * @param activeNanos for how long the loop has worked since this was last asked
	 * @param clock the time in nanoseconds
	 */
	LoopLoad(LongSupplier activeNanos, LongSupplier clock) {
		this.activeNanos = activeNanos;
		this.clock = clock;
		this.lastSample = clock.getAsLong();
	}

	/**
	 * Take a sample. To be called at intervals, by one thread.
	 */
	void sample() {
		long now = this.clock.getAsLong();
		this.active[this.next] = this.activeNanos.getAsLong();
		this.elapsed[this.next] = now - this.lastSample;
		this.next = (this.next + 1) % SAMPLES;
		this.lastSample = now;
		long total = sum(this.elapsed);
		// What the loop has done is counted when it is done, however long it took
		this.share = (total > 0) ? Math.min(1, (double) sum(this.active) / total) : 0;
	}

	/**
	 * Return the share, from 0 to 1.
	 */
	double share() {
		return this.share;
	}

	private static long sum(long[] values) {
		long sum = 0;
		for (long value : values) {
			sum += value;
		}
		return sum;
	}

}
