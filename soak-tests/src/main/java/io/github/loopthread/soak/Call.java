package io.github.loopthread.soak;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import io.github.loopthread.Fork;

/**
 * One call. It has an ID, which is also its caller's context while it is made, and one
 * outcome, which it may be told by several that must know the same.
 */
final class Call {

	/**
	 * Half the timeout. An error that comes later may meet a timeout that was first.
	 */
	private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

	private final String id;

	private final Ledger ledger;

	private final long beganNanos = System.nanoTime();

	private final AtomicInteger subscriptions = new AtomicInteger();

	private final AtomicInteger ends = new AtomicInteger();

	private final AtomicReference<@Nullable Outcome> outcome = new AtomicReference<>();

	// Written by the caller before the loop knows of the call, read by whoever ends it
	private volatile boolean hasTask;

	// These two are written by the loop, the second one last, and read by whoever ends
	// the
	// call

	private volatile long thrownAfterNanos;

	private volatile @Nullable Error thrown;

	Call(String id, Ledger ledger) {
		this.id = id;
		this.ledger = ledger;
	}

	String id() {
		return this.id;
	}

	long ageNanos() {
		return System.nanoTime() - this.beganNanos;
	}

	/**
	 * The library has made a task of the call, which it may refuse yet.
	 */
	void becameTask() {
		this.hasTask = true;
	}

	boolean hasTask() {
		return this.hasTask;
	}

	/**
	 * Return the source to call with, the only one of this call.
	 */
	<T> Mono<T> source(Mono<T> source) {
		return Mono.defer(() -> {
			subscribed();
			return source;
		})
			.doOnNext((value) -> assertContext("at a value"))
			.doOnError((ex) -> assertContext("at an error"))
			.doOnTerminate(this::sourceEnded);
	}

	/**
	 * Return the source of a stream to call with, the only one of this call.
	 */
	<T> Flux<T> source(Flux<T> source) {
		return Flux.defer(() -> {
			subscribed();
			return source;
		})
			.doOnNext((value) -> assertContext("at an element"))
			.doOnError((ex) -> assertContext("at an error"))
			.doOnTerminate(this::sourceEnded);
	}

	/**
	 * Throw an error out of the task, which its caller must get.
	 */
	void fail(Error error) {
		this.thrownAfterNanos = ageNanos();
		this.thrown = error;
		throw error;
	}

	/**
	 * Note that the task has got what belongs to another call.
	 */
	void gotWrongAnswer(String answer) {
		this.ledger.violated("every answer is the call's own", "%s got '%s'".formatted(this, answer), null);
	}

	/**
	 * Check that the calling thread has the values of this call.
	 */
	void assertContext(String where) {
		String values = CallerValues.current();
		if (!values.equals(this.id)) {
			this.ledger.violated("every task has its caller's context", "%s had %s %s".formatted(this, values, where),
					null);
		}
	}

	/**
	 * The call has ended with a value, or with an exception.
	 */
	void ended(@Nullable Throwable ex) {
		Throwable failure = Outcome.unwrapped(ex);
		Error thrown = this.thrown;
		Outcome outcome = Outcome.of(failure, thrown);
		Outcome first = this.outcome.compareAndExchange(null, outcome);
		if (first == null) {
			this.ledger.ended(this, outcome);
			check(outcome, failure, thrown);
		}
		else if (first != outcome) {
			this.ledger.violated("one outcome", "%s had %s, then %s".formatted(this, first, outcome), failure);
		}
	}

	/**
	 * The scope of the call's fork has been closed, so that the fork must have ended.
	 */
	void ended(Fork<?> fork) {
		if (fork.outcome() == Fork.Outcome.RUNNING) {
			this.ledger.violated("no fork survives its scope", this + " runs", null);
		}
		ended(fork.failure());
	}

	private void check(Outcome outcome, @Nullable Throwable failure, @Nullable Error thrown) {
		if (outcome == Outcome.OTHER) {
			this.ledger.violated("every outcome is a promised one", this + " had another", failure);
		}
		if (outcome == Outcome.REFUSED && this.subscriptions.get() > 0) {
			this.ledger.violated("none is subscribed when refused", toString(), failure);
		}
		if (outcome == Outcome.VALUE && this.subscriptions.get() == 0) {
			this.ledger.violated("no value without a task", toString(), null);
		}
		// It may have come when its scope had been closed, because a sibling failed
		boolean givenUp = outcome == Outcome.CANCELLED
				|| (outcome == Outcome.TIMED_OUT && this.thrownAfterNanos > LATE_NANOS);
		if (thrown != null && !givenUp && !thrown.equals(failure)) {
			this.ledger.violated("a fatal error reaches its caller", this + " had " + outcome, failure);
		}
	}

	private void subscribed() {
		if (this.subscriptions.incrementAndGet() > 1) {
			this.ledger.violated("one subscription", toString(), null);
		}
		if (this.outcome.get() == Outcome.REFUSED) {
			this.ledger.violated("none is subscribed when refused", toString(), null);
		}
		if (!this.hasTask) {
			this.ledger.violated("none is subscribed without a task", toString(), null);
		}
		assertContext("when it started");
	}

	private void sourceEnded() {
		if (this.ends.incrementAndGet() > 1) {
			this.ledger.violated("one end of a task", toString(), null);
		}
	}

	@Override
	public String toString() {
		return "Call '%s'".formatted(this.id);
	}

}
