package io.github.loopthread;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * By when something is to end: so long after it began. Two that are equal in length are
 * two all the same.
 */
final class Deadline {

	// A quarter of the range of System.nanoTime(), some 73 years: what is longer would
	// overflow where times are compared
	private static final long MAX_NANOS = Long.MAX_VALUE / 4;

	private final @Nullable Duration timeout;

	private final long startNanos;

	private Deadline(@Nullable Duration timeout, long startNanos) {
		this.timeout = timeout;
		this.startNanos = startNanos;
	}

	/**
	 * Return the deadline of what begins now.
	 * @param timeout how long it may take, {@code null} for no limit
	 */
	static Deadline after(@Nullable Duration timeout) {
		return new Deadline(timeout, System.nanoTime());
	}

	/**
	 * Return the deadline of what begins now and ends no later than this one.
	 * @param timeout how long it may take, {@code null} for no limit of its own
	 */
	Deadline orEarlier(@Nullable Duration timeout) {
		boolean earlier = this.timeout == null || nanos(timeout) <= remainingNanos();
		// At least something: a limit of zero would be none that anybody has set
		return after(earlier ? timeout : Duration.ofNanos(Math.max(1, remainingNanos())));
	}

	/**
	 * Return a timeout in nanoseconds, no more than can be measured.
	 */
	static long nanos(@Nullable Duration timeout) {
		return (timeout != null) ? Math.min(TimeUnit.NANOSECONDS.convert(timeout), MAX_NANOS) : MAX_NANOS;
	}

	@Nullable Duration timeout() {
		return this.timeout;
	}

	Duration elapsed() {
		return Duration.ofNanos(System.nanoTime() - this.startNanos);
	}

	/**
	 * Return how much time is left, less than zero if the deadline has passed.
	 */
	long remainingNanos() {
		return nanos(this.timeout) - (System.nanoTime() - this.startNanos);
	}

	boolean hasPassed() {
		return this.timeout != null && remainingNanos() <= 0;
	}

}
