package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import io.netty.channel.EventLoopGroup;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import org.springframework.context.SmartLifecycle;
import org.springframework.util.Assert;

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
 * <b>Stop.</b> New tasks are refused at once, but for the forks of open scopes. Accepted
 * ones get the drain timeout to end and are then cancelled. Resources close on the loop
 * in reverse order, and the thread ends. Every step is bounded, and no caller is left
 * waiting.
 * <p>
 * <b>Context.</b> A task sees the thread-locals of its caller, and the loop's thread has
 * none of them between tasks.
 * <p>
 * <b>Restart.</b> Each start makes a new thread and opens every resource anew. What was
 * injected before works again afterwards.
 * <p>
 * Not an {@link java.util.concurrent.Executor}: tasks are run with {@link LoopTemplate}.
 *
 * @since 1.0.0
 */
public final class LoopThread implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(LoopThread.class);

	private final LoopSettings settings;

	private final LoopLifecycle lifecycle;

	private final Scheduler scheduler;

	private final LoopEvents events = new LoopEvents();

	private final TaskDoor door;

	/**
	 * Create a loop with which those thread-locals travel whose accessors register
	 * themselves. It has no thread before it starts.
	 * @param settings the settings
	 * @param resources what lives on the loop, in the order in which it opens
	 * @throws IllegalArgumentException when an argument or a resource is {@code null}, or
	 * a resource is there twice
	 * @throws IllegalStateException when a resource already belongs to another loop
	 */
	public LoopThread(LoopSettings settings, List<LoopResource<?>> resources) {
		this(settings, resources, LoopContext.ofRegisteredAccessors());
	}

	/**
	 * Create a loop. It has no thread before it starts.
	 * @param settings the settings
	 * @param resources what lives on the loop, in the order in which it opens
	 * @param context what travels with each task
	 * @throws IllegalArgumentException when an argument or a resource is {@code null}, or
	 * a resource is there twice
	 * @throws IllegalStateException when a resource already belongs to another loop
	 */
	public LoopThread(LoopSettings settings, List<LoopResource<?>> resources, LoopContext context) {
		Assert.notNull(settings, "'settings' must not be null");
		Assert.notNull(resources, "'resources' must not be null");
		Assert.noNullElements(resources, "'resources' must not contain null");
		Assert.isTrue(Set.copyOf(resources).size() == resources.size(),
				() -> "'resources' must not contain a resource twice: %s".formatted(resources));
		Assert.notNull(context, "'context' must not be null");
		this.settings = settings;
		this.lifecycle = new LoopLifecycle(this, settings, List.copyOf(resources), context.snapshots(), this.events);
		this.door = new TaskDoor(this.lifecycle, settings.maxConcurrentTasks(), context.listeners(), this.events);
		this.scheduler = new LoopScheduler(() -> this.lifecycle.usable().scheduler());
		// First all, then each: one that is taken must not spoil the others
		for (LoopResource<?> resource : resources) {
			Assert.state(!resource.isBound(),
					() -> "%s already belongs to a LoopThread. Create one for each loop".formatted(resource));
		}
		resources.forEach((resource) -> resource.bind(this));
	}

	/**
	 * Start the loop, unless it runs, and wait until it accepts tasks.
	 * @throws LoopNotRunningException when it could not start; the cause says why
	 * @throws LoopInterruptedException when the caller is interrupted; the start goes on
	 * @throws IllegalStateException when it would have to wait on a thread that must not
	 * block, such as the loop's own
	 */
	@Override
	public void start() {
		this.lifecycle.start();
	}

	/**
	 * Stop the loop and wait until it has stopped. On the loop thread, or another one
	 * that must not block, begin to stop and return.
	 */
	@Override
	public void stop() {
		CompletableFuture<@Nullable Void> stopped = this.lifecycle.stop();
		if (!Schedulers.isInNonBlockingThread()) {
			stopped.join();
		}
	}

	/**
	 * Begin to stop the loop and return.
	 * @param callback called once when the loop has stopped, on a thread without a
	 * context class loader, which a container would take for one that the application has
	 * left. It must not block: others who wait for the stop may have to wait for it
	 */
	@Override
	public void stop(Runnable callback) {
		this.lifecycle.stop().thenRun(() -> {
			try {
				callback.run();
			}
			catch (Throwable ex) {
				logger.error("The callback of the stop of loop '%s' failed".formatted(getName()), ex);
			}
		});
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
	 * Tell listeners of each task that a caller brings from now on, for as long as the
	 * loop exists. Adding the same again changes nothing.
	 * @param listeners makes a listener for each task
	 * @throws IllegalArgumentException when the argument is {@code null}
	 */
	public void addListener(LoopTaskListener.Factory listeners) {
		Assert.notNull(listeners, "'listeners' must not be null");
		this.events.add(listeners);
	}

	/**
	 * Tell a listener what becomes of the loop from now on, through all its lives, for as
	 * long as it exists. Adding the same again changes nothing.
	 * @param listener the listener
	 * @throws IllegalArgumentException when the listener is {@code null}
	 */
	public void addListener(LoopListener listener) {
		Assert.notNull(listener, "'listener' must not be null");
		this.events.add(listener);
	}

	/**
	 * Have each task remember what its caller was doing, such as the HTTP request that it
	 * served, for {@link #tasks()} and the watchdog's reports. The latest one counts.
	 * @param work called on the caller's thread for each task, so that it must be quick;
	 * gives an object whose {@code toString} says what that thread does, without secrets,
	 * on any thread and at any time; or {@code null} if it does nothing in particular
	 * @throws IllegalArgumentException when the argument is {@code null}
	 */
	public void describeCallersWith(Supplier<? extends @Nullable Object> work) {
		Assert.notNull(work, "'work' must not be null");
		this.events.describeCallersWith(work);
	}

	/**
	 * Return the settings of the loop.
	 * @return the settings
	 */
	public LoopSettings getSettings() {
		return this.settings;
	}

	/**
	 * Return the name of the loop.
	 * @return the name, which its thread has with the generation appended
	 */
	public String getName() {
		return this.settings.name();
	}

	/**
	 * Return how the loop talks to the network, which decides what type of channels it
	 * can have.
	 * @return the transport, never {@link Transport#AUTO}
	 */
	public Transport getTransport() {
		return this.settings.transport().resolve();
	}

	/**
	 * Return whether the calling thread is the loop thread.
	 * @return {@code true} on the loop thread
	 */
	public boolean inLoop() {
		LoopGeneration current = this.lifecycle.current();
		return current != null && current.eventLoop().inEventLoop();
	}

	/**
	 * Return the loop as what Netty and its clients ask for. Valid until the loop stops:
	 * ask again after a restart. It must not be shut down by anyone else.
	 * @return the event loop
	 * @throws LoopNotRunningException when the loop is not running
	 */
	public EventLoopGroup eventLoopGroup() {
		return this.lifecycle.usable().eventLoop();
	}

	/**
	 * Return a scheduler that runs its tasks on the loop, also after a restart. Disposing
	 * of it does nothing. What is scheduled on it is neither counted nor limited, as
	 * tasks are; it has the thread-locals of the task that has scheduled it, so that
	 * {@code publishOn} brings back both the loop's thread and the context.
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
		return this.lifecycle.state();
	}

	/**
	 * Return how often the loop has been started.
	 * @return the number in the name of the current or latest thread, zero before the
	 * first start
	 */
	public int getGeneration() {
		return this.lifecycle.generations();
	}

	/**
	 * Return how many tasks have been accepted and have not ended.
	 * @return the number of tasks
	 */
	public int activeTasks() {
		LoopGeneration current = this.lifecycle.current();
		return (current != null) ? current.tasks().size() : 0;
	}

	/**
	 * Return what the tasks are doing that have been accepted and have not ended. This
	 * asks nothing of the loop, so that it answers also when that is blocked.
	 * @return the tasks, those that came first before the others
	 */
	public List<LoopTaskInfo> tasks() {
		LoopGeneration current = this.lifecycle.current();
		return (current != null) ? current.tasks().describe() : List.of();
	}

	/**
	 * Return how many threads wait for a task, for the forks of a scope, or for an
	 * element of a stream.
	 * @return the number of threads
	 */
	public int waitingCallers() {
		LoopGeneration current = this.lifecycle.current();
		return (current != null) ? current.tasks().waitingCallers() : 0;
	}

	/**
	 * Return how many things wait for the loop to come to them: tasks that have not
	 * started, and further steps of those that have.
	 * @return the length of the loop's queue
	 */
	public int pendingTasks() {
		LoopGeneration current = this.lifecycle.current();
		return (current != null) ? current.eventLoop().pendingTasks() : 0;
	}

	/**
	 * Return how long the loop took to answer the watchdog, which asks some ten times a
	 * second.
	 * @return the latest answer's time, or for how long the loop has owed the next one if
	 * that is longer
	 */
	public Duration lag() {
		LoopGeneration current = this.lifecycle.current();
		return (current != null && current.isAlive()) ? current.heartbeat().lag() : Duration.ZERO;
	}

	/**
	 * Return the share of its time for which the loop has been at work, rather than
	 * waiting for something to do, over the latest second.
	 * @return from 0 to 1
	 */
	public double busy() {
		LoopGeneration current = this.lifecycle.current();
		return (current != null && current.isAlive()) ? current.busy() : 0;
	}

	/**
	 * Return in which frame the loop is, if it has not answered for a tenth of a second.
	 * @return the frame, {@code null} if the loop answers
	 */
	public @Nullable String blockedIn() {
		LoopGeneration current = this.lifecycle.current();
		return (current != null && current.isAlive()) ? current.tasks().blockage() : null;
	}

	/**
	 * Return how often the loop has not answered for as long as the watchdog's threshold,
	 * since it was created.
	 * @return the number of stalls
	 */
	public long stalls() {
		return this.events.stalls();
	}

	/**
	 * Return how many leases are open: objects that callers have acquired and not yet
	 * released. A stop waits for them as it does for tasks.
	 * @return the number of leases
	 */
	public int openLeases() {
		LoopGeneration current = this.lifecycle.current();
		return (current != null) ? current.leases().size() : 0;
	}

	/**
	 * Return how many scopes are open. A stop waits for them as it does for tasks.
	 * @return the number of scopes
	 */
	public int openScopes() {
		LoopGeneration current = this.lifecycle.current();
		return (current != null) ? current.tasks().openScopes() : 0;
	}

	/**
	 * Return what callers have brought or opened and what has not ended: tasks, streams
	 * among them, scopes and leases.
	 * @return what is open, in no order
	 */
	public Set<OpenWork> openWork() {
		LoopGeneration current = this.lifecycle.current();
		return (current != null) ? OpenWork.of(current.tasks(), current.leases()) : Set.of();
	}

	/**
	 * Return how many results came when nobody waited for them any more, since the loop
	 * was created. Values that hold a buffer were released.
	 * @return the number of results, values and failures
	 */
	public long droppedResults() {
		return this.events.dropped().count();
	}

	/**
	 * Return the door through which callers bring work to the loop.
	 */
	TaskDoor door() {
		return this.door;
	}

	/**
	 * Wait until the loop runs, at most for as long as its resources may take to open.
	 */
	void awaitRunning() {
		this.lifecycle.awaitRunning();
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
		 * Tasks are refused, but for the forks of open scopes, and accepted ones may end.
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
