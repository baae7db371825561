package io.github.loopthread.benchmarks;

import java.util.Arrays;
import java.util.List;

/**
 * Durations that one thread has seen, all of them: a run has no more than fit.
 */
final class Latencies {

	private long[] nanos = new long[1024];

	private int size;

	void add(long duration) {
		if (this.size == this.nanos.length) {
			this.nanos = Arrays.copyOf(this.nanos, this.size * 2);
		}
		this.nanos[this.size++] = duration;
	}

	/** Return percentiles above 0, in microseconds, of what several threads have seen. */
	static long[] percentiles(List<Latencies> all, double... percentiles) {
		long[] sorted = all.stream().flatMapToLong((one) -> Arrays.stream(one.nanos, 0, one.size)).sorted().toArray();
		return Arrays.stream(percentiles)
			.mapToLong((percentile) -> (sorted.length == 0) ? 0
					: sorted[(int) Math.ceil(sorted.length * percentile) - 1] / 1000)
			.toArray();
	}

}
