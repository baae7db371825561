package io.github.loopthread;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;

import org.jspecify.annotations.Nullable;

/**
 * One of the tasks of a {@link LoopScope}, which runs while its owner does other things.
 * What waits for it is for the thread that owns the scope; what only looks may be called
 * by any thread. Its result can be had as often as is liked, also when the scope has been
 * closed.
 *
 * @param <T> the type of the result
 * @since 1.0.0
 */
public final class Fork<T> {

	private final LoopScope scope;

	private final LoopTask<T> task;

	private final long startNanos = System.nanoTime();

	// Set by whoever ends the task, read by whoever reports
	private volatile @Nullable Duration took;

	Fork(LoopScope scope, LoopTask<T> task) {
		this.scope = scope;
		this.task = task;
	}

	/**
	 * Wait for the fork and return its result. Its siblings are left alone.
	 * @return the value, or {@code null} if the task completed without one
	 * @throws LoopTimeoutException when the deadline of the scope passes first; the
	 * message reports on every fork
	 * @throws LoopInterruptedException when the caller is interrupted while it waits; its
	 * interrupt flag is set, and the fork goes on until the scope is closed
	 * @throws LoopNotRunningException when the loop did not accept the fork
	 * @throws LoopOverloadedException when the limit of tasks had been reached
	 * @throws LoopStoppedException when the loop stopped or died before the fork ended
	 * @throws CancellationException when the fork has been cancelled
	 * @throws java.lang.reflect.UndeclaredThrowableException when the task failed with a
	 * checked exception; any other failure of the task is thrown as it is
	 * @throws IllegalStateException when called on a thread that does not own the scope
	 */
	public @Nullable T get() {
		await();
		return outcomeOrThrow();
	}

	/**
	 * Wait for the fork and return its value, or the fallback if there is none: after a
	 * failure of whatever kind, a refusal, the deadline, a cancellation, the stop of the
	 * loop, or an empty result.
	 * @param fallback what to return instead of a value
	 * @return the value or the fallback
	 * @throws LoopInterruptedException when the caller is interrupted while it waits; its
	 * interrupt flag is set, and the fork goes on until the scope is closed
	 * @throws IllegalStateException when called on a thread that does not own the scope
	 */
	public T orElse(T fallback) {
		T value = awaitValue();
		return (value != null) ? value : fallback;
	}

	/**
	 * Wait for the fork and return its value, if it has one.
	 * @return the value, empty where {@link #orElse} would give the fallback
	 * @throws LoopInterruptedException when the caller is interrupted while it waits; its
	 * interrupt flag is set, and the fork goes on until the scope is closed
	 * @throws IllegalStateException when called on a thread that does not own the scope
	 */
	public Optional<T> toOptional() {
		return Optional.ofNullable(awaitValue());
	}

	/**
	 * Return how the fork has ended, without waiting.
	 * @return the outcome
	 */
	public Outcome outcome() {
		expireIfDue();
		if (!this.task.isDone()) {
			return Outcome.RUNNING;
		}
		Throwable failure = this.task.failure();
		if (failure == null) {
			return Outcome.SUCCESS;
		}
		if (failure instanceof LoopTimeoutException timeout && this.scope.isTimeout(timeout)) {
			return Outcome.TIMED_OUT;
		}
		return (failure instanceof CancellationException) ? Outcome.CANCELLED : Outcome.FAILED;
	}

	/**
	 * Return why the fork has no result, without waiting.
	 * @return the failure as the task signalled it, or the exception that says what ended
	 * the task; {@code null} while it runs and after success
	 */
	public @Nullable Throwable failure() {
		expireIfDue();
		return this.task.isDone() ? this.task.failure() : null;
	}

	/**
	 * Return the name of the fork.
	 * @return the name it was given, else that of the operations that opened the scope
	 */
	public String name() {
		return this.task.name();
	}

	@Override
	public String toString() {
		return "Fork '%s'".formatted(name());
	}

	/**
	 * Call something when the fork has ended, on the thread that ends it.
	 */
	void whenEnded(Runnable action) {
		// Not whenComplete, which makes an exception for nobody when the task has failed
		this.task.handle((value, ex) -> {
			this.took = elapsed();
			action.run();
			return null;
		});
	}

	LoopTask<T> task() {
		return this.task;
	}

	boolean isDone() {
		return this.task.isDone();
	}

	void expireIfDue() {
		this.task.expireIfDue();
	}

	void cancel(CancellationException reason) {
		this.task.abandon(reason);
	}

	/**
	 * Return the result of a fork that has ended, or throw what it ended with.
	 */
	@Nullable T outcomeOrThrow() {
		if (outcome() == Outcome.TIMED_OUT) {
			throw this.scope.timeout();
		}
		return CallerWait.outcome(this.task);
	}

	/**
	 * Describe the fork for a report. Messages of failures are not part of it: they may
	 * hold what is not for logs.
	 */
	String describe() {
		Outcome outcome = outcome();
		Duration took = this.took;
		return "'%s' %s %s %s%s".formatted(name(), outcome, (outcome == Outcome.RUNNING) ? "for" : "after",
				LoopTimeoutException.millis((took != null) ? took : elapsed()), details(outcome));
	}

	private String details(Outcome outcome) {
		Throwable failure = failure();
		if (outcome == Outcome.RUNNING) {
			return ", " + this.task.whatItWaitsFor();
		}
		if (outcome == Outcome.TIMED_OUT && failure instanceof LoopTimeoutException timeout) {
			return ", " + timeout.waitingFor();
		}
		return (failure != null) ? " with " + failure.getClass().getName() : "";
	}

	private Duration elapsed() {
		return Duration.ofNanos(System.nanoTime() - this.startNanos);
	}

	private @Nullable T awaitValue() {
		await();
		return this.task.isCompletedExceptionally() ? null : this.task.getNow(null);
	}

	private void await() {
		this.scope.assertOwner();
		CallerWait.awaitFork(this.task);
	}

	/**
	 * How a fork has ended.
	 */
	public enum Outcome {

		/**
		 * Not ended yet.
		 */
		RUNNING,

		/**
		 * With a value or without.
		 */
		SUCCESS,

		/**
		 * With a failure of its own, or because it was refused.
		 */
		FAILED,

		/**
		 * By the deadline of its scope.
		 */
		TIMED_OUT,

		/**
		 * By its scope, by the stop of the loop, or by whoever cancelled what it waited
		 * for.
		 */
		CANCELLED

	}

}
