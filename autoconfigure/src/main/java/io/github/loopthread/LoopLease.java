package io.github.loopthread;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.util.Assert;

/**
 * An object that was acquired on the loop, for a blocking {@code try}. Made by
 * {@link LoopOperations#open}.
 * <p>
 * <b>Released once.</b> The object is released on the loop by whoever comes first:
 * {@link #close()}, or the stop of the loop, which waits for open leases as it does for
 * tasks. An interrupt or a timeout does not keep it from being released.
 * <p>
 * <b>Same context.</b> The release runs with the values of the caller who acquired the
 * object, and in the same Reactor context.
 * <p>
 * <b>Not promised.</b> A loop that has died, or never answers again, can no longer do
 * what a release needs of it. For an object that comes when the loop has ended, the
 * release is called on the thread on which it comes. An open lease does not count against
 * the limit of tasks: what it holds, such as a connection of a pool, has a limit of its
 * own.
 * <p>
 * Safe for use by many threads.
 *
 * @param <T> the type of the object
 * @since 1.0.0
 */
public final class LoopLease<T> implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(LoopLease.class);

	private final T value;

	private final Mono<Void> release;

	private final TaskOptions options;

	private final OpeningPlace place;

	private final long acquiredNanos = System.nanoTime();

	private final TaskContext values;

	private final OpenLeases leases;

	private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);

	private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

	// Written by whoever ends the lease, read by the thread that stops the loop
	private volatile @Nullable LoopTask<Void> releasing;

	LoopLease(T value, LeaseRequest<T> request, TaskContext values, ContextView context, OpenLeases leases) {
		AtomicBoolean released = new AtomicBoolean();
		this.value = value;
		// Whatever happens to the task that is to do it, and however many are to
		this.release = Mono
			.defer(() -> released.compareAndSet(false, true) ? releaseOf(value, request.release()) : Mono.empty())
			.contextWrite((own) -> own.putAll(Context.of(context).delete(LoopBoundary.class).readOnly()));
		this.options = request.options();
		this.place = request.place();
		this.values = values;
		this.leases = leases;
		leases.add(this);
	}

	/**
	 * Return the object, on any thread but that of another loop.
	 * @return the object
	 * @throws LoopStoppedException when the stop of the loop has released it
	 * @throws IllegalStateException when the lease has been closed, or on the thread of
	 * another loop
	 */
	public T get() {
		State state = this.state.get();
		if (state == State.STOPPED) {
			throw new LoopStoppedException("lease '%s'".formatted(this.options.name()), null);
		}
		Assert.state(state == State.OPEN, () -> "%s has been closed".formatted(this));
		this.leases.assertMayUse(this);
		return this.value;
	}

	/**
	 * Release the object and wait until that has been done, at most for the timeout of
	 * the operations that opened the lease. Further calls do nothing. On a thread that
	 * must not block, such as the loop's own, begin to release it and return.
	 * @throws LoopTimeoutException when the timeout passes first; the release goes on
	 * @throws LoopInterruptedException when the caller is interrupted, before the call or
	 * while it waits; its interrupt flag is set, and the release goes on
	 * @throws LoopStoppedException when the loop stops or dies before the release has
	 * ended
	 * @throws java.lang.reflect.UndeclaredThrowableException when the release fails with
	 * a checked exception; any other failure of it is thrown as it is
	 */
	@Override
	public void close() {
		LoopTask<Void> release = end(State.CLOSED);
		if (release == null) {
			return;
		}
		if (Schedulers.isInNonBlockingThread()) {
			logFailureOf(release);
			return;
		}
		try {
			CallerWait.awaitUncancelled(release);
		}
		catch (LoopTimeoutException | LoopInterruptedException ex) {
			logFailureOf(release);
			throw ex;
		}
	}

	@Override
	public String toString() {
		return "Lease '%s'".formatted(this.options.name());
	}

	String name() {
		return this.options.name();
	}

	/**
	 * Say how far the lease is, and where it was opened.
	 */
	String describe() {
		LoopTask<Void> release = this.releasing;
		return "%s, %s, acquired %s ago. It was opened here:%s".formatted(this,
				(release != null) ? "being released, " + release.whatItWaitsFor() : "not closed",
				LoopTimeoutException.millis(Duration.ofNanos(System.nanoTime() - this.acquiredNanos)), this.place);
	}

	/**
	 * Release the object unless that has begun, and do not wait.
	 */
	void takeBack() {
		LoopTask<Void> release = end(State.STOPPED);
		if (release != null) {
			logFailureOf(release);
		}
	}

	/**
	 * Stop waiting for the release, because the loop ends.
	 * @param cause what killed it, {@code null} if it was asked to end
	 */
	void giveUp(@Nullable Throwable cause) {
		LoopTask<Void> release = this.releasing;
		if (release == null || release.isDone()) {
			return;
		}
		if (cause != null) {
			release.endWithLoop(cause);
		}
		else {
			release.stop();
		}
		if (!release.hasStarted()) {
			// A loop that was stuck may answer yet
			start();
		}
	}

	/**
	 * Return what completes when the lease has been released, or that was given up.
	 */
	CompletableFuture<@Nullable Void> ended() {
		return this.ended;
	}

	private @Nullable LoopTask<Void> end(State state) {
		if (!this.state.compareAndSet(State.OPEN, state)) {
			return null;
		}
		LoopTask<Void> release = start();
		release.whenComplete((none, ex) -> {
			this.leases.remove(this);
			this.ended.complete(null);
		});
		return release;
	}

	private LoopTask<Void> start() {
		LoopTask<Void> release = this.leases.releaseTask(this.release,
				this.options.withName("release of " + this.options.name()));
		this.releasing = release;
		release.start(this.values);
		return release;
	}

	/**
	 * Log what nobody waits for. A loop that gives up a release says so itself.
	 */
	private void logFailureOf(LoopTask<Void> release) {
		release.whenComplete((none, ex) -> {
			if (ex != null && !(ex instanceof LoopStoppedException)) {
				logger.warn("%s was not released".formatted(this), ex);
			}
		});
	}

	private static <T> Mono<Void> releaseOf(T value, Function<? super T, ? extends Mono<Void>> release) {
		Mono<Void> done = release.apply(value);
		Assert.state(done != null, "'release' returned null instead of a Mono");
		return done;
	}

	private enum State {

		OPEN, CLOSED, STOPPED

	}

}
