package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import io.micrometer.context.ContextSnapshotFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

import org.springframework.util.ClassUtils;

import io.github.loopthread.LoopThread.State;

/**
 * Which generation of the loop is alive: starts the first and the next, stops the current
 * one, and says to those who ask in vain why there is none. The lock guards the decision
 * only; nobody waits while holding it.
 */
final class LoopLifecycle {

	private final LoopThread owner;

	private final LoopSettings settings;

	private final List<LoopResource<?>> resources;

	private final Supplier<? extends ContextSnapshotFactory> snapshots;

	private final LoopEvents events;

	// The application's, not that of whichever thread happens to start the loop
	private final @Nullable ClassLoader classLoader = ClassUtils.getDefaultClassLoader();

	private final Lock lock = new ReentrantLock();

	// These three are written under the lock and read by any thread

	private volatile @Nullable LoopGeneration current;

	private volatile State stateBeforeFirst = State.NEW;

	private volatile int generations;

	LoopLifecycle(LoopThread owner, LoopSettings settings, List<LoopResource<?>> resources,
			Supplier<? extends ContextSnapshotFactory> snapshots, LoopEvents events) {
		this.owner = owner;
		this.settings = settings;
		this.resources = resources;
		this.snapshots = snapshots;
		this.events = events;
	}

	void start() {
		LoopGeneration generation = launch(false);
		if (generation != null) {
			assertMayWait(generation.opened());
			await(generation.opened(), Long.MAX_VALUE);
		}
	}

	/**
	 * Begin to stop.
	 * @return what completes when the loop has stopped
	 */
	CompletableFuture<@Nullable Void> stop() {
		this.lock.lock();
		try {
			this.stateBeforeFirst = State.STOPPED;
			LoopGeneration generation = this.current;
			return (generation != null) ? generation.stop() : CompletableFuture.completedFuture(null);
		}
		finally {
			this.lock.unlock();
		}
	}

	State state() {
		LoopGeneration generation = this.current;
		return (generation != null) ? generation.state() : this.stateBeforeFirst;
	}

	int generations() {
		return this.generations;
	}

	@Nullable LoopGeneration current() {
		return this.current;
	}

	/**
	 * Return the generation for a task, which its gate may still refuse, or for whoever
	 * needs a resource. Starts the first one on demand.
	 */
	LoopGeneration running(@Nullable String task, Deadline deadline) {
		LoopGeneration generation = currentOrOnDemand(task);
		boolean mayWait = generation.opened().isDone() || !Schedulers.isInNonBlockingThread();
		if (!mayWait || !await(generation.opened(), deadline.remainingNanos())) {
			throw notRunning(task);
		}
		return generation;
	}

	/**
	 * Wait until the loop runs, for what only a running one has.
	 */
	void awaitRunning() {
		if (!running(null, Deadline.after(null)).isAlive()) {
			throw notRunning(null);
		}
	}

	/**
	 * Return the generation for whoever needs the loop as such: also while its resources
	 * open, which may take them to other threads and back.
	 */
	LoopGeneration usable() {
		LoopGeneration generation = currentOrOnDemand(null);
		if (!generation.isAlive() && !generation.eventLoop().inEventLoop()) {
			throw notRunning(null);
		}
		return generation;
	}

	LoopNotRunningException notRunning(@Nullable String task) {
		LoopGeneration generation = this.current;
		boolean dying = generation != null && generation.isDying();
		String reason = switch (dying ? State.FAILED : state()) {
			case NEW, STARTING -> "has not started yet";
			case RUNNING, DRAINING -> "is stopping";
			case STOPPED -> "was stopped";
			case FAILED -> "has ended by itself";
		};
		return new LoopNotRunningException("%sLoop '%s' %s. It accepts tasks again after the next start"
			.formatted((task != null) ? "Task '%s' was rejected: ".formatted(task) : "", this.settings.name(), reason));
	}

	private LoopGeneration currentOrOnDemand(@Nullable String task) {
		LoopGeneration generation = this.current;
		if (generation == null && !Schedulers.isInNonBlockingThread()) {
			generation = launch(true);
		}
		if (generation == null) {
			throw notRunning(task);
		}
		return generation;
	}

	/**
	 * Start a generation unless one is alive.
	 * @return the one that is alive, or {@code null} when there is none and only an
	 * explicit start may make one
	 */
	private @Nullable LoopGeneration launch(boolean onDemand) {
		while (true) {
			awaitEndUnderWay();
			this.lock.lock();
			try {
				LoopGeneration generation = this.current;
				if (generation != null && (generation.isStopping() || generation.isDying())) {
					continue;
				}
				if (generation != null && generation.isAlive()) {
					return generation;
				}
				return (onDemand && state() != State.NEW) ? null : startNext();
			}
			finally {
				this.lock.unlock();
			}
		}
	}

	private LoopGeneration startNext() {
		this.stateBeforeFirst = State.STOPPED;
		int number = this.generations + 1;
		try {
			LoopGeneration next = new LoopGeneration(this.owner, this.settings, this.resources, this.snapshots.get(),
					this.events, number, this.classLoader);
			this.generations = number;
			this.current = next;
			next.start();
			return next;
		}
		catch (Exception | LinkageError ex) {
			throw didNotStart(ex);
		}
	}

	/**
	 * Wait until a life that ends has ended: the next one opens the same resources. A
	 * stop has bounds of its own, a death has none.
	 */
	private void awaitEndUnderWay() {
		LoopGeneration generation = this.current;
		if (generation != null && generation.isStopping()) {
			CompletableFuture<@Nullable Void> stopped = generation.stop();
			assertMayWait(stopped);
			await(stopped, Long.MAX_VALUE);
		}
		else if (generation != null && generation.isDying()) {
			assertMayWait(generation.ended());
			Duration timeout = this.settings.startupTimeout();
			if (!await(generation.ended(), TimeUnit.NANOSECONDS.convert(timeout))) {
				throw didNotStart(new IllegalStateException(
						"the thread that has died did not end within %s ('loop.startup-timeout')"
							.formatted(LoopTimeoutException.millis(timeout))));
			}
		}
	}

	private void assertMayWait(CompletableFuture<?> step) {
		if (!step.isDone()) {
			CallerWait.assertAllowed("LoopThread.start", "Start the loop on another thread");
		}
	}

	/**
	 * Wait for a step, each of which has bounds of its own.
	 * @return {@code false} when the time was up before
	 */
	private boolean await(CompletableFuture<@Nullable Void> step, long nanos) {
		try {
			step.get(nanos, TimeUnit.NANOSECONDS);
			return true;
		}
		catch (TimeoutException ex) {
			return false;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw LoopInterruptedException.whileLoopStarts(this.settings.name());
		}
		catch (ExecutionException ex) {
			throw didNotStart((ex.getCause() != null) ? ex.getCause() : ex);
		}
	}

	private LoopNotRunningException didNotStart(Throwable cause) {
		return new LoopNotRunningException(
				"Loop '%s' did not start: %s".formatted(this.settings.name(), cause.getMessage()), cause);
	}

}
