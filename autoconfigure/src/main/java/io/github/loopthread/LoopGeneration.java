package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.micrometer.context.ContextSnapshotFactory;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import io.github.loopthread.LoopThread.State;

/**
 * One life of the loop, from start to stop: its thread, its open resources and its tasks.
 * Nothing of it survives into the next.
 * <p>
 * Opening and closing run on short-lived threads of their own. Those have no
 * thread-locals that the loop's thread could inherit, can wait with a bound while the
 * loop is blocked, and are not interrupted when a caller is.
 */
final class LoopGeneration {

	private static final Log logger = LogFactory.getLog(LoopThread.class);

	private static final int MAXIMUM_REPORTS = 100;

	private final LoopSettings settings;

	private final List<LoopResource<?>> resources;

	private final ContextSnapshotFactory snapshots;

	private final LoopEvents events;

	private final String name;

	private final GenerationThreads threads;

	private final ClosingEventLoop eventLoop;

	private final Scheduler scheduler;

	private final TaskHome home;

	private final AcceptedWork work;

	private final LoopHeartbeat heartbeat;

	private final LoopLoad load;

	private final ExecutorService reports;

	private final LoopWatchdog watchdog;

	private final ResourceStack openResources;

	private final GenerationState state = new GenerationState();

	// Written by the closing thread, read by the loop's when it ends
	private volatile boolean endExpected;

	LoopGeneration(LoopThread owner, LoopSettings settings, List<LoopResource<?>> resources,
			ContextSnapshotFactory snapshots, LoopEvents events, int number, @Nullable ClassLoader classLoader) {
		this.settings = settings;
		this.resources = resources;
		this.snapshots = snapshots;
		this.events = events;
		this.name = "%s-%d".formatted(settings.name(), number);
		this.threads = new GenerationThreads(this.name, classLoader, this::onThreadExit);
		TaskRegistry tasks = new TaskRegistry(settings.maxConcurrentTasks(), this::blockage);
		this.eventLoop = new ClosingEventLoop(this.threads::newLoopThread, settings.transport().ioHandlerFactory(),
				this::onDeath);
		this.home = new TaskHome(this.eventLoop, tasks, events.dropped());
		this.heartbeat = new LoopHeartbeat(this.eventLoop, LoopWatchdog.INTERVAL_NANOS, System::nanoTime,
				new ThreadTime(this.threads::loopThread));
		this.load = new LoopLoad(this.eventLoop::takeActiveNanos, System::nanoTime);
		this.scheduler = Schedulers.fromExecutorService(this.eventLoop, this.name);
		this.reports = reports();
		FutureCompletions completions = new FutureCompletions((task) -> this.threads.newCaretaker("futures", task));
		this.watchdog = new LoopWatchdog(tasks, this.heartbeat, this.load,
				new StallReporter(this.threads, settings.watchdogThreshold(), tasks::size, events, this.reports),
				events, (task) -> this.threads.newCaretaker("watchdog", task), completions);
		this.work = new AcceptedWork(this.name, settings, this.eventLoop, tasks, completions);
		this.openResources = new ResourceStack(owner, this.eventLoop);
	}

	void start() {
		try {
			this.threads.newCaretaker("start", this::open).start();
		}
		catch (Throwable ex) {
			// No thread to be had
			opened().completeExceptionally(ex);
			this.state.stopped();
			shutDown();
		}
	}

	/**
	 * Begin to stop, unless that has begun already.
	 * @return what completes when the stop has ended
	 */
	CompletableFuture<@Nullable Void> stop() {
		if (this.state.beginStop()) {
			this.openResources.giveUpOpening(null);
			try {
				this.threads.newCaretaker("stop", this::close).start();
			}
			catch (Throwable ex) {
				logger.error("Loop '%s' ends without draining: no thread is to be had".formatted(this.name), ex);
				this.state.closed().complete(null);
				this.state.stopped();
				shutDown();
			}
		}
		return this.state.closed();
	}

	/**
	 * Return what completes when the loop runs and every resource is open, or fails with
	 * the reason why not.
	 */
	CompletableFuture<@Nullable Void> opened() {
		return this.state.opened();
	}

	State state() {
		return this.state.get();
	}

	boolean isAlive() {
		return this.state.isAlive();
	}

	boolean isStopping() {
		return this.state.isStopping();
	}

	/**
	 * Return whether the thread is about to end without being asked.
	 */
	boolean isDying() {
		return this.state.isDying();
	}

	/**
	 * Return what completes when nothing of this life is left.
	 */
	CompletableFuture<@Nullable Void> ended() {
		return this.state.ended();
	}

	ClosingEventLoop eventLoop() {
		return this.eventLoop;
	}

	/**
	 * Return where this generation's tasks run.
	 */
	TaskHome home() {
		return this.home;
	}

	Scheduler scheduler() {
		return this.scheduler;
	}

	ContextSnapshotFactory snapshots() {
		return this.snapshots;
	}

	LoopHeartbeat heartbeat() {
		return this.heartbeat;
	}

	/**
	 * Return the share of its time for which the loop has been at work, from 0 to 1.
	 */
	double busy() {
		return this.heartbeat.isLoopBlocked() ? 1 : this.load.share();
	}

	TaskRegistry tasks() {
		return this.work.tasks();
	}

	OpenLeases leases() {
		return this.work.leases();
	}

	private void open() {
		try {
			awaitThread();
			for (LoopResource<?> resource : this.resources) {
				this.openResources.open(resource, this.settings.startupTimeout());
			}
			this.watchdog.start();
			if (!this.state.run()) {
				throw new IllegalStateException("its thread has ended");
			}
			this.events.started();
			this.threads.leaveApplication();
			opened().complete(null);
		}
		catch (Throwable ex) {
			try {
				end();
			}
			finally {
				this.state.stopped();
				this.threads.leaveApplication();
				opened().completeExceptionally(ex);
			}
		}
	}

	private void awaitThread() throws Exception {
		Duration timeout = this.settings.startupTimeout();
		CompletableFuture<Void> running = CompletableFuture.runAsync(this::prepareThread, this.eventLoop);
		try {
			running.get(millis(timeout), TimeUnit.MILLISECONDS);
		}
		catch (TimeoutException ex) {
			throw new IllegalStateException("its thread did not run within %s ('loop.startup-timeout')"
				.formatted(LoopTimeoutException.millis(timeout)), ex);
		}
	}

	private void prepareThread() {
		if (Thread.currentThread() instanceof EventLoopThread thread) {
			thread.learnClearing(this.snapshots);
		}
	}

	private void close() {
		long start = System.nanoTime();
		String drained = "";
		try {
			awaitStart();
			this.state.drain();
			this.work.close();
			drained = this.work.drain();
			this.work.stopTasks();
		}
		catch (Throwable ex) {
			logger.error("Loop '%s' did not drain".formatted(this.name), ex);
		}
		try {
			end();
		}
		finally {
			this.state.stopped();
			if (!opened().isCompletedExceptionally()) {
				logger.info("Loop '%s' has stopped after %dms%s%s".formatted(this.name,
						TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start), drained.isEmpty() ? "" : ": ",
						drained));
			}
			this.threads.leaveApplication();
			this.state.closed().complete(null);
		}
	}

	/**
	 * Have a start that is under way end first, as it does by itself. Whoever is told of
	 * it may block, and must not hold up the stop.
	 */
	private void awaitStart() throws InterruptedException {
		while (!opened().isDone()) {
			try {
				opened().get(millis(this.settings.closeTimeout()), TimeUnit.MILLISECONDS);
			}
			catch (TimeoutException ex) {
				if (this.state.get() == State.RUNNING) {
					logger.warn("Loop '%s' stops while a listener is still being told that it has started"
						.formatted(this.name));
					return;
				}
			}
			catch (ExecutionException ex) {
				// It has failed, as whoever started it has been told
				return;
			}
		}
	}

	/**
	 * Close what is open and end the thread, however far the start had come.
	 */
	private void end() {
		try {
			this.work.releaseLeases();
			this.openResources.closeAll(this.settings.closeTimeout());
		}
		finally {
			shutDown();
		}
		try {
			long timeout = millis(this.settings.closeTimeout());
			this.watchdog.awaitEnd(timeout);
			// Listeners are the application's, whose beans are destroyed next
			this.reports.shutdown();
			this.reports.awaitTermination(timeout, TimeUnit.MILLISECONDS);
			this.threads.awaitLoopThread(timeout);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		// Accepted at the last moment, and then too late for the loop
		this.work.stopTasks();
	}

	private void shutDown() {
		this.endExpected = true;
		this.work.close();
		this.watchdog.close();
		// As long as they are on the list, which the thread empties when it ends
		this.work.stopTasks();
		// A quiet period would only make each stop longer
		this.eventLoop.shutdownGracefully(0, millis(this.settings.closeTimeout()), TimeUnit.MILLISECONDS);
		this.work.stopTasks();
	}

	/**
	 * Called by the loop's thread when something kills it, before its channels close:
	 * what they say then is not the reason.
	 */
	private void onDeath(@Nullable Throwable cause) {
		this.state.die();
		this.work.close();
		this.work.abandon(cause);
		this.openResources.giveUpOpening(cause);
	}

	/**
	 * Called by the loop's thread as its last act.
	 */
	private void onThreadExit() {
		if (!this.endExpected) {
			Throwable cause = this.eventLoop.terminationFuture().cause();
			onDeath(cause);
			this.watchdog.close();
			// Before the state allows for a next generation, which opens them anew
			this.openResources.abandonAll();
			this.state.fail();
			logger.error("Loop '%s' ended by itself. The next start makes a new one".formatted(this.name), cause);
		}
		// No thread, no work: what was still to be cancelled has ended
		tasks().forEach(tasks()::release);
	}

	/**
	 * Return what runs things one after the other, with a thread as long as there are
	 * any.
	 */
	private ExecutorService reports() {
		// Where a listener never returns, there is no use in keeping what else it would
		// hear
		return new ThreadPoolExecutor(0, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MAXIMUM_REPORTS),
				(task) -> this.threads.newCaretaker("reports", task), new ThreadPoolExecutor.DiscardPolicy());
	}

	private @Nullable String blockage() {
		return this.heartbeat.isLoopBlocked() ? this.threads.currentFrame() : null;
	}

	static long millis(Duration duration) {
		// Zero would mean for ever to those who wait
		return Math.max(1, TimeUnit.MILLISECONDS.convert(duration));
	}

}
