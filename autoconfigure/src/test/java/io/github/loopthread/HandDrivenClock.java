package io.github.loopthread;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A clock that a test drives. It begins just before the end of what a {@code long} can
 * count, as {@link System#nanoTime()} may.
 */
final class HandDrivenClock implements LongSupplier {

	private long nanos = Long.MAX_VALUE - TimeUnit.MILLISECONDS.toNanos(50);

	void advance(long millis) {
		this.nanos += TimeUnit.MILLISECONDS.toNanos(millis);
	}

	@Override
	public long getAsLong() {
		return this.nanos;
	}

}
