package io.github.loopthread;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Asks the loop for an answer at intervals, and knows for how long it has owed one.
 * <p>
 * <b>Pauses are nobody's fault.</b> When the whole process stands still, in a garbage
 * collection, in a debugger, or because the machine sleeps, then so does whoever asks.
 * How much later than it should it comes is not counted as time that the loop has owed.
 */
final class LoopHeartbeat {

	private static final Question NONE = new Question(0, 0);

	private final Executor loop;

	private final long intervalNanos;

	private final LongSupplier clock;

	// The question that the loop has not answered yet; written by the one who asks and by
	// the loop, read by those who give up waiting
	private final AtomicReference<Question> open = new AtomicReference<>(NONE);

	// Written by the loop, taken by the one who asks, who asks nothing else before
	private final AtomicReference<@Nullable Answer> answer = new AtomicReference<>();

	// Written by the loop, read by any thread
	private volatile Duration lag = Duration.ZERO;

	// Written and read by the one who asks
	private long lastBeat;

	/**
	 * Create a heartbeat.
	 * @param loop what to ask
	 * @param intervalNanos how often {@link #beat} will be called
	 * @param clock the time in nanoseconds
	 */
	LoopHeartbeat(Executor loop, long intervalNanos, LongSupplier clock) {
		this.loop = loop;
		this.intervalNanos = intervalNanos;
		this.clock = clock;
		this.lastBeat = clock.getAsLong();
	}

	/**
	 * Ask the loop, unless it owes an answer already. To be called at intervals, by one
	 * thread.
	 * @return for how long the loop has owed an answer, in nanoseconds; zero if it has
	 * only now been asked
	 */
	long beat() {
		long now = this.clock.getAsLong();
		long late = now - this.lastBeat - this.intervalNanos;
		this.lastBeat = now;
		Question open = this.open.get();
		if (open == NONE) {
			if (this.answer.get() == null) {
				ask(now);
			}
			return 0;
		}
		if (late > this.intervalNanos) {
			Question paused = new Question(open.askedNanos, open.pausedNanos + late);
			if (this.open.compareAndSet(open, paused)) {
				return paused.owedNanos(now);
			}
		}
		return open.owedNanos(now);
	}

	/**
	 * Return whether the loop has owed an answer for longer than an interval.
	 */
	boolean isLoopBlocked() {
		Question open = this.open.get();
		return open != NONE && open.owedNanos(this.clock.getAsLong()) > this.intervalNanos;
	}

	/**
	 * Return how long the latest answer took, or for how long the loop has owed the next
	 * one if that is longer.
	 */
	Duration lag() {
		Question open = this.open.get();
		long owed = (open != NONE) ? this.clock.getAsLong() - open.askedNanos : 0;
		return (owed > this.lag.toNanos()) ? Duration.ofNanos(owed) : this.lag;
	}

	/**
	 * Return the answer that has come since this was last asked, {@code null} if none
	 * has.
	 */
	@Nullable Answer takeAnswer() {
		return this.answer.getAndSet(null);
	}

	private void ask(long now) {
		this.open.set(new Question(now, 0));
		try {
			this.loop.execute(this::answered);
		}
		catch (RejectedExecutionException ex) {
			// It has just ended, and is not blocked
			this.open.set(NONE);
		}
	}

	private void answered() {
		Question answered = this.open.get();
		long now = this.clock.getAsLong();
		this.lag = Duration.ofNanos(now - answered.askedNanos);
		this.answer.set(new Answer(this.lag, Duration.ofNanos(answered.owedNanos(now))));
		this.open.set(NONE);
	}

	/**
	 * What the loop has been asked.
	 *
	 * @param askedNanos when
	 * @param pausedNanos how long the process has stood still since
	 */
	private record Question(long askedNanos, long pausedNanos) {

		long owedNanos(long now) {
			return Math.max(0, now - this.askedNanos - this.pausedNanos);
		}

	}

	/**
	 * That the loop has answered.
	 *
	 * @param lag how long that took
	 * @param owed how much of it was not a pause of the whole process
	 */
	record Answer(Duration lag, Duration owed) {

	}

}
