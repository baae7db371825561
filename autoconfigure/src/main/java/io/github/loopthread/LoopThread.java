package io.github.loopthread;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import io.netty.channel.EventLoopGroup;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import org.springframework.context.SmartLifecycle;
import org.springframework.util.Assert;
import org.springframework.util.ClassUtils;

/**
 * An event loop on a thread of its own, started and stopped with the application: the
 * loop's side of the bridge. {@link LoopTemplate} is the caller's.
 * <p>
 * <b>One thread.</b> While it runs there is exactly one loop thread. It is a Netty event
 * loop, it must never block, and it inherits no thread-local from whoever starts it.
 * <p>
 * <b>Start.</b> {@link #start()} returns when the thread runs and every
 * {@link LoopResource} is open. A resource that fails to open fails the start; those
 * already open are closed again and no thread is left. Whoever needs the loop before the
 * first start, while the application context is still being built, starts it on demand.
 * <p>
 * <b>Stop.</b> New tasks are refused at once. Accepted ones get the drain timeout to end
 * and are then cancelled. Resources close on the loop in reverse order, and the thread
 * ends. Every step is bounded, and no caller is left waiting.
 * <p>
 * <b>Restart.</b> Each start makes a new thread and opens every resource anew. What was
 * injected before works again afterwards.
 * <p>
 * Not an {@link java.util.concurrent.Executor}: tasks are run with {@link LoopTemplate}.
 *
 * @since 1.0.0
 */
public final class LoopThread implements SmartLifecycle {

	private final LoopSettings settings;

	private final List<LoopResource<?>> resources;

	// The application's, not that of whichever thread happens to start the loop
	private final @Nullable ClassLoader classLoader = ClassUtils.getDefaultClassLoader();

	private final Scheduler scheduler = new LoopScheduler(() -> usable().scheduler());

	private final Lock lifecycle = new ReentrantLock();

	// These three are written under the lock and read by any thread

	private volatile @Nullable LoopGeneration generation;

	private volatile State stateWithoutGeneration = State.NEW;

	private volatile int generations;

	/**
	 * Create a loop. It has no thread before it starts.
	 * @param settings the settings
	 * @param resources what lives on the loop, in the order in which it opens
	 * @throws IllegalArgumentException when an argument is {@code null}
	 * @throws IllegalStateException when a resource already belongs to another loop
	 */
	public LoopThread(LoopSettings settings, List<LoopResource<?>> resources) {
		Assert.notNull(settings, "'settings' must not be null");
		Assert.notNull(resources, "'resources' must not be null");
		this.settings = settings;
		this.resources = List.copyOf(resources);
		this.resources.forEach((resource) -> resource.bind(this));
	}

	/**
	 * Start the loop, unless it runs, and wait until it accepts tasks.
	 * @throws LoopNotRunningException when it could not start; the cause says why
	 * @throws LoopInterruptedException when the caller is interrupted; the start goes on
	 */
	@Override
	public void start() {
		LoopGeneration current = launch(false);
		if (current != null) {
			awaitOpen(current);
		}
	}

	/**
	 * Stop the loop and wait until it has stopped. On the loop thread, or another one
	 * that must not block, begin to stop and return.
	 */
	@Override
	public void stop() {
		CompletableFuture<@Nullable Void> stopped = beginStop();
		if (!Schedulers.isInNonBlockingThread()) {
			stopped.join();
		}
	}

	/**
	 * Begin to stop the loop and return.
	 * @param callback called once when the loop has stopped
	 */
	@Override
	public void stop(Runnable callback) {
		beginStop().whenComplete((result, ex) -> callback.run());
	}

	@Override
	public boolean isRunning() {
		return state() == State.RUNNING;
	}

	@Override
	public int getPhase() {
		// Starts before and stops after what lives on the loop or calls it: Lettuce is in
		// phase 0, client connectors in phase 1, the web server far above
		return -1024;
	}

	@Override
	public boolean isPauseable() {
		// A paused application still serves requests, and they need the loop
		return false;
	}

	/**
	 * Return the name of the loop.
	 * @return the name, which its thread has with the generation appended
	 */
	public String getName() {
		return this.settings.name();
	}

	/**
	 * Return whether the calling thread is the loop thread.
	 * @return {@code true} on the loop thread
	 */
	public boolean inLoop() {
		LoopGeneration current = this.generation;
		return current != null && current.eventLoop().inEventLoop();
	}

	/**
	 * Return the loop as what Netty and its clients ask for. Valid until the loop stops:
	 * ask again after a restart. It must not be shut down by anyone else.
	 * @return the event loop
	 * @throws LoopNotRunningException when the loop is not running
	 */
	public EventLoopGroup eventLoopGroup() {
		return usable().eventLoop();
	}

	/**
	 * Return a scheduler that runs its tasks on the loop, also after a restart. Disposing
	 * of it does nothing. It is neither counted nor limited, as tasks are.
	 * @return the scheduler
	 */
	public Scheduler scheduler() {
		return this.scheduler;
	}

	/**
	 * Return the state of the loop.
	 * @return the state
	 */
	public State state() {
		LoopGeneration current = this.generation;
		return (current != null) ? current.state() : this.stateWithoutGeneration;
	}

	/**
	 * Return how often the loop has been started.
	 * @return the number in the name of the current or latest thread, zero before the
	 * first start
	 */
	public int getGeneration() {
		return this.generations;
	}

	/**
	 * Return how many tasks have been accepted and have not ended.
	 * @return the number of tasks
	 */
	public int activeTasks() {
		LoopGeneration current = this.generation;
		return (current != null) ? current.tasks().size() : 0;
	}

	/**
	 * The door that every task goes through: accept it and start it, or throw the reason
	 * why not before anything is subscribed.
	 */
	<T> LoopTask<T> accept(Mono<T> source, TaskOptions options) {
		Assert.notNull(source, "'task' must not be null");
		LoopGeneration current = running(options.name());
		LoopTask<T> task = new LoopTask<>(source, options, current.eventLoop(), current.tasks());
		switch (current.tasks().admit(task)) {
			case CLOSED -> throw notRunning(options.name());
			case FULL -> throw new LoopOverloadedException(options.name(), this.settings.maxConcurrentTasks());
			case ADMITTED -> task.start();
		}
		return task;
	}

	/**
	 * Return the loop for whoever needs it without running a task: also on the loop
	 * thread itself, where resources open before tasks are accepted and close after.
	 */
	private LoopGeneration usable() {
		LoopGeneration current = this.generation;
		if (current != null && current.eventLoop().inEventLoop()) {
			return current;
		}
		current = running(null);
		if (!current.isAlive()) {
			throw notRunning(null);
		}
		return current;
	}

	private LoopGeneration running(@Nullable String task) {
		LoopGeneration current = this.generation;
		if (current == null) {
			current = launch(true);
		}
		if (current == null || (!current.opened().isDone() && Schedulers.isInNonBlockingThread())) {
			throw notRunning(task);
		}
		awaitOpen(current);
		return current;
	}

	/**
	 * Start a generation unless one is alive.
	 * @return the one that is alive, or {@code null} when there is none and only an
	 * explicit start may make one
	 */
	private @Nullable LoopGeneration launch(boolean onDemand) {
		while (true) {
			awaitStopUnderWay();
			this.lifecycle.lock();
			try {
				LoopGeneration current = this.generation;
				if (current != null && current.isStopping()) {
					continue;
				}
				if (current != null && current.isAlive()) {
					return current;
				}
				if (onDemand && state() != State.NEW) {
					return null;
				}
				return startGeneration();
			}
			finally {
				this.lifecycle.unlock();
			}
		}
	}

	private LoopGeneration startGeneration() {
		this.stateWithoutGeneration = State.STOPPED;
		int number = this.generations + 1;
		this.generations = number;
		try {
			LoopGeneration started = new LoopGeneration(this, this.settings, this.resources, number, this.classLoader);
			this.generation = started;
			started.start();
			return started;
		}
		catch (RuntimeException ex) {
			throw didNotStart(ex);
		}
	}

	private CompletableFuture<@Nullable Void> beginStop() {
		this.lifecycle.lock();
		try {
			this.stateWithoutGeneration = State.STOPPED;
			LoopGeneration current = this.generation;
			return (current != null) ? current.stop() : CompletableFuture.completedFuture(null);
		}
		finally {
			this.lifecycle.unlock();
		}
	}

	private void awaitStopUnderWay() {
		LoopGeneration current = this.generation;
		if (current != null && current.isStopping()) {
			CallerWait.assertAllowed("LoopThread.start");
			current.stop().join();
		}
	}

	private void awaitOpen(LoopGeneration current) {
		try {
			// Bounded: every step of opening is
			current.opened().get();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw LoopInterruptedException.whileLoopStarts(getName());
		}
		catch (ExecutionException ex) {
			throw didNotStart((ex.getCause() != null) ? ex.getCause() : ex);
		}
	}

	private LoopNotRunningException didNotStart(Throwable cause) {
		return new LoopNotRunningException("Loop '%s' did not start: %s".formatted(getName(), cause.getMessage()),
				cause);
	}

	private LoopNotRunningException notRunning(@Nullable String task) {
		String reason = switch (state()) {
			case NEW, STARTING -> "has not started yet";
			case RUNNING, DRAINING -> "is stopping";
			case STOPPED -> "was stopped";
			case FAILED -> "has ended by itself";
		};
		return new LoopNotRunningException("%sLoop '%s' %s. It accepts tasks again after the next start"
			.formatted((task != null) ? "Task '%s' was rejected: ".formatted(task) : "", getName(), reason));
	}

	/**
	 * State of a loop.
	 */
	public enum State {

		/**
		 * Never started.
		 */
		NEW,

		/**
		 * The thread starts and resources open.
		 */
		STARTING,

		/**
		 * Tasks are accepted.
		 */
		RUNNING,

		/**
		 * Tasks are refused, and accepted ones may end.
		 */
		DRAINING,

		/**
		 * Stopped, or not able to start.
		 */
		STOPPED,

		/**
		 * The thread ended without being asked.
		 */
		FAILED

	}

}
