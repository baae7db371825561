package io.github.loopthread;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;

/**
 * The caller's end of a task: the future that a caller waits for or is handed, and its
 * deadline.
 * <p>
 * <b>One outcome.</b> The future completes once; whoever comes second changes nothing.
 * <p>
 * <b>Cancellation travels.</b> Completing the future from outside, in whatever way,
 * cancels the task on the loop.
 * <p>
 * <b>No self-deadlock.</b> Whoever waits for it on a thread that must not block is told
 * so at once.
 *
 * @param <T> the type of the result
 */
abstract class TaskFuture<T> extends CompletableFuture<@Nullable T> {

	private static final String REMEDY = "Compose with thenApply and its kin instead";

	private final String name;

	private final Deadline deadline;

	// Set by the caller, read by the watchdog
	private volatile boolean awaited;

	// Set by the caller, read by the thread that stops the loop
	private volatile boolean internal;

	// Set by whoever cancels, read by the loop and the watchdog
	private volatile boolean cancelRequested;

	TaskFuture(String name, Deadline deadline) {
		this.name = name;
		this.deadline = deadline;
	}

	@Override
	public @Nullable T get() throws InterruptedException, ExecutionException {
		assertMayWait("get");
		try {
			return super.get();
		}
		catch (CancellationException ex) {
			throw asSignalled(ex);
		}
	}

	@Override
	public @Nullable T get(long timeout, TimeUnit unit)
			throws InterruptedException, ExecutionException, TimeoutException {
		assertMayWait("get");
		try {
			return super.get(timeout, unit);
		}
		catch (CancellationException ex) {
			throw asSignalled(ex);
		}
	}

	@Override
	public @Nullable T join() {
		assertMayWait("join");
		try {
			return super.join();
		}
		catch (CancellationException ex) {
			throw asSignalled(ex);
		}
	}

	@Override
	public boolean complete(@Nullable T value) {
		return cancelSourceIf(super.complete(value));
	}

	@Override
	public boolean completeExceptionally(Throwable ex) {
		return cancelSourceIf(super.completeExceptionally(ex));
	}

	@Override
	public boolean cancel(boolean mayInterruptIfRunning) {
		return cancelSourceIf(super.cancel(mayInterruptIfRunning));
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
		return super.complete(value);
	}

	/**
	 * Fail with the failure of the source, which has ended.
	 */
	final boolean failed(Throwable ex) {
		return super.completeExceptionally(ex);
	}

	/**
	 * Wait until there is an outcome, but no longer than given.
	 */
	final void await(long nanos) throws InterruptedException {
		try {
			super.get(nanos, TimeUnit.NANOSECONDS);
		}
		catch (TimeoutException ex) {
			// Whoever waits has a look at its deadline
		}
		catch (ExecutionException | CancellationException ex) {
			// The outcome, in the JDK's wrapping: failure gives it without
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
		if (!this.deadline.hasPassed() || isDone()) {
			return null;
		}
		return LoopTimeoutException.ofTask(this.name, this.deadline, whatItWaitsFor(), end);
	}

	/**
	 * Do what nobody else does: keep the deadline of a task for which no caller waits,
	 * end one that its caller has forgotten, and cancel one whose future was completed
	 * otherwise.
	 */
	final void lookAfter() {
		if (!this.awaited) {
			expireIfDue();
		}
		if (isForgotten()) {
			endForgotten();
		}
		if (isDone() && !this.cancelRequested) {
			cancelSource();
		}
	}

	/**
	 * Return whether {@link #lookAfter} has something to do. Looking is all that this
	 * does: completing a future may call functions that block.
	 */
	final boolean needsLookingAfter() {
		boolean overdue = !this.awaited && this.deadline.hasPassed();
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
	 * Return whether nobody outside has the future, so that completing it calls nothing
	 * that might block.
	 */
	final boolean isInternal() {
		return this.internal;
	}

	/**
	 * Say that nobody outside has the future, or will have it.
	 */
	final void setInternal() {
		this.internal = true;
	}

	/**
	 * Leave the deadline to the caller, whose clock is exact and whose frames say more.
	 */
	final void setAwaited() {
		this.internal = true;
		this.awaited = true;
	}

	final long remainingNanos() {
		return this.deadline.remainingNanos();
	}

	final String name() {
		return this.name;
	}

	/**
	 * Return the failure as it was signalled, which {@code get} does not: it takes
	 * wrappers off and puts others on, each JDK in its own way.
	 */
	final @Nullable Throwable failure() {
		return handle((value, ex) -> ex).join();
	}

	private void assertMayWait(String method) {
		if (!isDone()) {
			CallerWait.assertAllowed("CompletableFuture." + method, REMEDY);
		}
	}

	/**
	 * Newer JDKs hand out a new exception, which hides that it was the loop that stopped.
	 */
	private CancellationException asSignalled(CancellationException ex) {
		return (failure() instanceof CancellationException signalled) ? signalled : ex;
	}

	private boolean cancelSourceIf(boolean completed) {
		if (completed) {
			cancelSource();
		}
		return completed;
	}

}
