package io.github.loopthread;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

import org.jspecify.annotations.Nullable;

/**
 * A future that knows whether threads wait for it.
 * <p>
 * <b>No self-deadlock.</b> Whoever calls {@code get} or {@code join} on a thread that
 * must not block is told so at once.
 * <p>
 * <b>As signalled.</b> A cancellation is thrown as it was signalled, whatever the JDK
 * makes of it.
 *
 * @param <T> the type of the result
 */
abstract class GuardedFuture<T> extends CompletableFuture<@Nullable T> {

	@SuppressWarnings("rawtypes")
	private static final AtomicIntegerFieldUpdater<GuardedFuture> WAITERS = AtomicIntegerFieldUpdater
		.newUpdater(GuardedFuture.class, "waiters");

	private static final String REMEDY = "Compose with thenApply and its kin instead";

	// Written by those who wait in here, read by whoever looks
	private volatile int waiters;

	@Override
	public @Nullable T get() throws InterruptedException, ExecutionException {
		assertMayWait("get");
		WAITERS.incrementAndGet(this);
		try {
			return super.get();
		}
		catch (CancellationException ex) {
			throw asSignalled(ex);
		}
		finally {
			WAITERS.decrementAndGet(this);
		}
	}

	@Override
	public @Nullable T get(long timeout, TimeUnit unit)
			throws InterruptedException, ExecutionException, TimeoutException {
		assertMayWait("get");
		WAITERS.incrementAndGet(this);
		try {
			return super.get(timeout, unit);
		}
		catch (CancellationException ex) {
			throw asSignalled(ex);
		}
		finally {
			WAITERS.decrementAndGet(this);
		}
	}

	@Override
	public @Nullable T join() {
		assertMayWait("join");
		WAITERS.incrementAndGet(this);
		try {
			return super.join();
		}
		catch (CancellationException ex) {
			throw asSignalled(ex);
		}
		finally {
			WAITERS.decrementAndGet(this);
		}
	}

	/**
	 * Wait until there is an outcome, whatever it is, but no longer than given.
	 */
	void await(long nanos) throws InterruptedException {
		WAITERS.incrementAndGet(this);
		try {
			super.get(nanos, TimeUnit.NANOSECONDS);
		}
		catch (TimeoutException ex) {
			// Whoever waits has a look at its deadline
		}
		catch (ExecutionException | CancellationException ex) {
			// The outcome, in the JDK's wrapping: failure gives it without
		}
		finally {
			WAITERS.decrementAndGet(this);
		}
	}

	/**
	 * Return whether a thread waits for the future at this moment.
	 */
	boolean isWaitedFor() {
		return this.waiters > 0 && !isDone();
	}

	/**
	 * Return the failure as it was signalled, which {@code get} does not: it takes
	 * wrappers off and puts others on, each JDK in its own way.
	 */
	final @Nullable Throwable failure() {
		return isCompletedExceptionally() ? handle((value, ex) -> ex).join() : null;
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

}
