package io.github.loopthread;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;

import org.jspecify.annotations.Nullable;

/**
 * Asks the loop for an answer at intervals, and knows for how long it has owed one.
 * <p>
 * <b>Pauses are nobody's fault.</b> When the whole process stands still, in a garbage
 * collection, in a debugger, or because the machine sleeps, then so does whoever asks. A
 * time between two beats counts as one interval at most, however long it was, and what
 * the loop has waited for a processor does not count.
 */
final class LoopHeartbeat {

	private final Executor loop;

	private final long intervalNanos;

	private final LongSupplier clock;

	private final LongUnaryOperator ownTime;

	// These three are written by the one who asks, and read by those who give up waiting

	private volatile long lastBeat;

	private volatile @Nullable Question open;

	private volatile Duration latestLag = Duration.ZERO;

	/**
	 * Create a heartbeat.
	 * @param loop what to ask
	 * @param intervalNanos how often {@link #beat} will be called
	 * @param clock the time in nanoseconds
	 * @param ownTime how much of the time since the latest beat the loop has spent itself
	 */
	LoopHeartbeat(Executor loop, long intervalNanos, LongSupplier clock, LongUnaryOperator ownTime) {
		this.loop = loop;
		this.intervalNanos = intervalNanos;
		this.clock = clock;
		this.ownTime = ownTime;
		this.lastBeat = clock.getAsLong();
	}

	/**
	 * Look whether the loop has answered, and ask again unless it owes that. To be called
	 * at intervals, by one thread.
	 * @return the answer that has come since, {@code null} if none has
	 */
	@Nullable Answer beat() {
		long now = this.clock.getAsLong();
		long before = this.lastBeat;
		this.lastBeat = now;
		Question question = this.open;
		if (question == null) {
			ask(now);
			return null;
		}
		Long answeredNanos = question.answeredNanos;
		if (answeredNanos == null) {
			long owed = question.owedNanos;
			question.owedNanos = owed + this.ownTime.applyAsLong(Math.min(now - before, this.intervalNanos));
			return null;
		}
		long owedNanos = question.owedNanos + Math.max(0, Math.min(answeredNanos - before, this.intervalNanos));
		Answer answer = new Answer(Duration.ofNanos(answeredNanos - question.askedNanos), Duration.ofNanos(owedNanos));
		this.latestLag = answer.lag();
		ask(now);
		return answer;
	}

	/**
	 * Return for how long the loop has owed an answer, as of the latest beat, in
	 * nanoseconds. Zero if it has only just been asked.
	 */
	long owedNanos() {
		Question question = this.open;
		return (question != null) ? question.owedNanos : 0;
	}

	/**
	 * Return whether the loop has owed an answer for longer than an interval.
	 */
	boolean isLoopBlocked() {
		Question question = this.open;
		if (question == null || question.answeredNanos != null) {
			return false;
		}
		long sinceBeat = Math.min(this.clock.getAsLong() - this.lastBeat, this.intervalNanos);
		return question.owedNanos + sinceBeat > this.intervalNanos;
	}

	/**
	 * Return how long the latest answer took, or for how long the loop has owed the next
	 * one if that is longer. Pauses of the process are in it: tasks wait for their end as
	 * well.
	 */
	Duration lag() {
		Question question = this.open;
		if (question == null) {
			return this.latestLag;
		}
		Long answeredNanos = question.answeredNanos;
		if (answeredNanos != null) {
			return Duration.ofNanos(answeredNanos - question.askedNanos);
		}
		Duration owed = Duration.ofNanos(this.clock.getAsLong() - question.askedNanos);
		return (owed.compareTo(this.latestLag) > 0) ? owed : this.latestLag;
	}

	private void ask(long now) {
		Question question = new Question(now);
		this.open = question;
		try {
			this.loop.execute(() -> question.answeredNanos = this.clock.getAsLong());
		}
		catch (RejectedExecutionException ex) {
			// It has just ended, and is not blocked
			this.open = null;
		}
	}

	/**
	 * What the loop has been asked.
	 */
	private static final class Question {

		private final long askedNanos;

		// Written by the one who asks, at each beat, read by those who give up waiting
		private volatile long owedNanos;

		// Written by the loop, read by all of them
		private volatile @Nullable Long answeredNanos;

		Question(long askedNanos) {
			this.askedNanos = askedNanos;
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
