package io.github.loopthread;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

import io.github.loopthread.TaskOrigin.Holder;

/**
 * The caller's end of a task: the future that a caller waits for or is handed, and its
 * deadline.
 * <p>
 * <b>One outcome.</b> The future completes once; whoever comes second changes nothing.
 * <p>
 * <b>Cancellation travels.</b> Completing the future from outside, in whatever way,
 * cancels the task on the loop.
 *
 * @param <T> the type of the result
 */
abstract class TaskFuture<T> extends GuardedFuture<T> {

	@SuppressWarnings("rawtypes")
	private static final AtomicReferenceFieldUpdater<TaskFuture, @Nullable Ending> ENDING = AtomicReferenceFieldUpdater
		.newUpdater(TaskFuture.class, Ending.class, "ending");

	private final TaskOrigin origin;

	// Set by whoever is about to end the task, if anybody listens to that
	private volatile @Nullable Ending<T> ending;

	// Set by whoever cancels, read by the loop and the watchdog
	private volatile boolean cancelRequested;

	TaskFuture(TaskOrigin origin) {
		this.origin = origin;
	}

	@Override
	public boolean complete(@Nullable T value) {
		return cancelSourceIf(end(value, null));
	}

	@Override
	public boolean completeExceptionally(Throwable ex) {
		Objects.requireNonNull(ex);
		return cancelSourceIf(end(null, ex));
	}

	@Override
	public boolean cancel(boolean mayInterruptIfRunning) {
		// What the JDK does as well, but for those who listen
		completeExceptionally(new CancellationException());
		return isCancelled();
	}

	/**
	 * Cancel what runs on the loop, which is to happen there.
	 */
	abstract void cancelOnLoop();

	abstract String whatItWaitsFor();

	/**
	 * Return whether nobody is left who could take what the task brings, although it has
	 * no outcome yet.
	 */
	abstract boolean isForgotten();

	/**
	 * End a task that is forgotten, and say so.
	 */
	abstract void endForgotten();

	/**
	 * Succeed with the value of the source, which has ended.
	 */
	final boolean succeeded(@Nullable T value) {
		return end(value, null);
	}

	/**
	 * Fail with the failure of the source, which has ended.
	 */
	final boolean failed(Throwable ex) {
		return end(null, ex);
	}

	@Override
	final void await(long nanos) throws InterruptedException {
		// What the JDK does has its pools make up for a thread of theirs that blocks
		if (!isCallerWaiting() || Thread.currentThread() instanceof ForkJoinWorkerThread) {
			super.await(nanos);
			return;
		}
		LockSupport.parkNanos(this, nanos);
		if (Thread.interrupted()) {
			throw new InterruptedException();
		}
	}

	/**
	 * Abandon the task if its deadline has passed.
	 */
	final void expireIfDue() {
		LoopTimeoutException timeout = timeoutIfDue("was cancelled");
		if (timeout != null) {
			completeExceptionally(timeout);
		}
	}

	/**
	 * Return what to say when the deadline has passed and there is no outcome yet, else
	 * {@code null}.
	 * @param end what becomes of the task
	 */
	final @Nullable LoopTimeoutException timeoutIfDue(String end) {
		if (isDone() || !deadline().hasPassed()) {
			return null;
		}
		return LoopTimeoutException.ofTask(name(), deadline(), whatItWaitsFor(), end);
	}

	/**
	 * Do what nobody else does: keep the deadline of a task for which no caller waits,
	 * end one that its caller has forgotten, and cancel one whose future was completed
	 * otherwise.
	 */
	final void lookAfter() {
		if (!isCallerWaiting()) {
			expireIfDue();
		}
		if (isForgotten()) {
			endForgotten();
		}
		if (isDone() && !this.cancelRequested) {
			tellIfDone();
			cancelSource();
		}
	}

	/**
	 * Return whether {@link #lookAfter} has something to do. Looking is all that this
	 * does: completing a future may call functions that block.
	 */
	final boolean needsLookingAfter() {
		boolean overdue = !isDone() && !isCallerWaiting() && deadline().hasPassed();
		return overdue || isForgotten() || (isDone() && !this.cancelRequested);
	}

	/**
	 * Cancel the task on the loop. It may be asked for more than once.
	 */
	final void cancelSource() {
		this.cancelRequested = true;
		cancelOnLoop();
	}

	/**
	 * Return whether the task is to be cancelled, so that it must not start any more.
	 */
	final boolean isCancelRequested() {
		return this.cancelRequested;
	}

	/**
	 * Return whether the task has its outcome, or somebody is about to give it one.
	 */
	final boolean isEnding() {
		return this.ending != null || isDone();
	}

	/**
	 * Return whether completing the future calls nothing that might block: nobody outside
	 * has it, and whoever listens is told by the caller who waits.
	 */
	final boolean isInternal() {
		return isCallerWaiting() || (this.origin.holder() == Holder.LOOP && listeners().isEmpty());
	}

	/**
	 * Tell those who listen what the task has ended with, unless they know. Whoever has
	 * brought it and waited does so, so that they know when it goes on, and the loop has
	 * less to do.
	 */
	final void tellOutcome() {
		if (!listeners().isEmpty()) {
			listeners().ended(failure(), deadline());
		}
	}

	/**
	 * Tell those who listen what the task has ended with, unless they know or will know
	 * from the caller who waits: something may have ended it that the JDK does not let us
	 * see, such as {@code completeAsync}.
	 */
	final void tellIfDone() {
		if (isDone() && !isCallerWaiting()) {
			tellOutcome();
		}
	}

	final long remainingNanos() {
		return deadline().remainingNanos();
	}

	final String name() {
		return this.origin.name();
	}

	final Deadline deadline() {
		return this.origin.deadline();
	}

	final TaskOrigin origin() {
		return this.origin;
	}

	@Override
	boolean isWaitedFor() {
		return super.isWaitedFor() || (isCallerWaiting() && !isDone());
	}

	private TaskListeners listeners() {
		return this.origin.listeners();
	}

	private boolean isCallerWaiting() {
		return this.origin.holder() == Holder.WAITING_CALLER;
	}

	private boolean cancelSourceIf(boolean completed) {
		if (completed) {
			cancelSource();
		}
		return completed;
	}

	/**
	 * Complete the future unless that has been done, and tell those who listen, once. A
	 * caller who waits tells them itself.
	 * @return {@code false} if another outcome came first
	 */
	private boolean end(@Nullable T value, @Nullable Throwable failure) {
		if (listeners().isEmpty() || isCallerWaiting()) {
			return settle(value, failure);
		}
		if (isDone()) {
			tellIfDone();
			return false;
		}
		boolean first = ENDING.compareAndSet(this, null, new Ending<>(value, failure));
		// Whoever came first may not have come to the rest yet
		Ending<T> ending = Objects.requireNonNull(this.ending);
		// Before anybody can see it
		listeners().ended(ending.failure(), deadline());
		settle(ending.value(), ending.failure());
		return first;
	}

	private boolean settle(@Nullable T value, @Nullable Throwable failure) {
		boolean first = (failure != null) ? super.completeExceptionally(failure) : super.complete(value);
		if (first && isCallerWaiting() && !Thread.currentThread().equals(this.origin.thread())) {
			LockSupport.unpark(this.origin.thread());
		}
		return first;
	}

	/**
	 * What a task ends with.
	 */
	private record Ending<T>(@Nullable T value, @Nullable Throwable failure) {

	}

}
