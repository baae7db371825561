package io.github.loopthread;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import io.netty.channel.IoEventLoop;
import io.netty.channel.SingleThreadIoEventLoop;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
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

	private static final Log logger = LogFactory.getLog(LoopGeneration.class);

	private final LoopSettings settings;

	private final List<LoopResource<?>> resources;

	private final String name;

	private final @Nullable ClassLoader classLoader;

	private final IoEventLoop eventLoop;

	private final Scheduler scheduler;

	private final TaskRegistry tasks;

	private final LoopWatchdog watchdog;

	private final ResourceStack openResources;

	private final AtomicReference<State> state = new AtomicReference<>(State.STARTING);

	private final AtomicBoolean stopping = new AtomicBoolean();

	private final CompletableFuture<@Nullable Void> opened = new CompletableFuture<>();

	private final CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();

	// Written by the thread that creates the loop's, read by the closing one
	private volatile @Nullable Thread loopThread;

	// Written by the closing thread, read by the loop's when it ends
	private volatile boolean endExpected;

	LoopGeneration(LoopThread owner, LoopSettings settings, List<LoopResource<?>> resources, int number,
			@Nullable ClassLoader classLoader) {
		this.settings = settings;
		this.resources = resources;
		this.name = "%s-%d".formatted(settings.name(), number);
		this.classLoader = classLoader;
		this.tasks = new TaskRegistry(settings.maxConcurrentTasks());
		this.eventLoop = new SingleThreadIoEventLoop(null, this::newLoopThread,
				settings.transport().ioHandlerFactory());
		this.scheduler = Schedulers.fromExecutorService(this.eventLoop, this.name);
		this.watchdog = new LoopWatchdog(this.tasks, (task) -> newThread("watchdog", task));
		this.openResources = new ResourceStack(owner, this.eventLoop);
	}

	void start() {
		startThread("start", this::open);
	}

	/**
	 * Begin to stop, unless that has begun already.
	 * @return what completes when the stop has ended
	 */
	CompletableFuture<@Nullable Void> stop() {
		if (this.stopping.compareAndSet(false, true)) {
			startThread("stop", this::close);
		}
		return this.closed;
	}

	/**
	 * Return what completes when the loop runs and every resource is open, or fails with
	 * the reason why not.
	 */
	CompletableFuture<@Nullable Void> opened() {
		return this.opened;
	}

	State state() {
		return this.state.get();
	}

	boolean isAlive() {
		State state = state();
		return state != State.STOPPED && state != State.FAILED;
	}

	boolean isStopping() {
		return this.stopping.get() && !this.closed.isDone();
	}

	IoEventLoop eventLoop() {
		return this.eventLoop;
	}

	Scheduler scheduler() {
		return this.scheduler;
	}

	TaskRegistry tasks() {
		return this.tasks;
	}

	private void open() {
		try {
			LoopTask.runAndWait(Mono.empty(), TaskOptions.UNNAMED.withTimeout(this.settings.startupTimeout()),
					this.eventLoop);
			for (LoopResource<?> resource : this.resources) {
				this.openResources.open(resource, this.settings.startupTimeout());
			}
			this.watchdog.start();
			if (!this.state.compareAndSet(State.STARTING, State.RUNNING)) {
				throw new IllegalStateException("the loop's thread has ended");
			}
			this.opened.complete(null);
		}
		catch (Throwable ex) {
			this.tasks.close();
			try {
				end();
			}
			finally {
				this.opened.completeExceptionally(ex);
			}
		}
	}

	private void close() {
		try {
			// A start that is under way ends first: each of its steps is bounded
			this.opened.handle((result, ex) -> null).join();
			this.state.compareAndSet(State.RUNNING, State.DRAINING);
			this.tasks.close();
			drain();
			abandonTasks(null);
			end();
		}
		catch (Throwable ex) {
			logger.error("Loop '%s' did not stop in order".formatted(this.name), ex);
		}
		finally {
			this.state.set(State.STOPPED);
			this.closed.complete(null);
		}
	}

	private void drain() throws InterruptedException, ExecutionException {
		long timeout = this.settings.drainTimeout().toMillis();
		try {
			this.tasks.drained().get(timeout, TimeUnit.MILLISECONDS);
		}
		catch (TimeoutException ex) {
			logger.warn("Loop '%s' cancels %d tasks that did not end within %dms ('loop.shutdown.drain-timeout')"
				.formatted(this.name, this.tasks.size(), timeout));
		}
	}

	/**
	 * Close what is open and end the thread, however far the start had come.
	 */
	private void end() {
		long timeout = this.settings.closeTimeout().toMillis();
		this.openResources.closeAll(this.settings.closeTimeout());
		this.endExpected = true;
		this.watchdog.close();
		// A quiet period would only make each stop longer
		this.eventLoop.shutdownGracefully(0, timeout, TimeUnit.MILLISECONDS);
		try {
			this.watchdog.awaitEnd(timeout);
			awaitLoopThread(timeout);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		// Accepted at the last moment, and then too late for the loop
		abandonTasks(null);
		this.state.set(State.STOPPED);
	}

	private void awaitLoopThread(long timeout) throws InterruptedException {
		Thread thread = this.loopThread;
		if (thread == null) {
			return;
		}
		thread.join(timeout);
		if (thread.isAlive()) {
			IllegalStateException stuck = new IllegalStateException("Stack of '%s'".formatted(thread.getName()));
			stuck.setStackTrace(thread.getStackTrace());
			logger.error("Loop '%s' is stuck in a task and is left behind: it did not end within %dms"
				.formatted(this.name, timeout), stuck);
		}
	}

	/**
	 * Called by the loop's thread as its last act.
	 */
	private void onThreadExit() {
		if (!this.endExpected) {
			Throwable cause = this.eventLoop.terminationFuture().cause();
			logger.error("Loop '%s' ended by itself. The next start makes a new one".formatted(this.name), cause);
			this.tasks.close();
			this.watchdog.close();
			// Before the state allows for a next generation, which opens them anew
			this.resources.forEach(LoopResource::clear);
			this.state.set(State.FAILED);
			abandonTasks(cause);
		}
		// No thread, no work: what was still to be cancelled has ended
		this.tasks.forEach(this.tasks::release);
	}

	private void abandonTasks(@Nullable Throwable cause) {
		this.tasks.forEach((task) -> task.abandon(new LoopStoppedException(task.name(), cause)));
	}

	private Thread newLoopThread(Runnable loop) {
		Thread thread = new EventLoopThread(loop, this.name, this::onThreadExit);
		thread.setContextClassLoader(this.classLoader);
		this.loopThread = thread;
		return thread;
	}

	private Thread newThread(String purpose, Runnable task) {
		Thread thread = new Thread(null, task, "%s-%s".formatted(this.name, purpose), 0, false);
		thread.setContextClassLoader(this.classLoader);
		thread.setDaemon(true);
		return thread;
	}

	private void startThread(String purpose, Runnable task) {
		try {
			newThread(purpose, task).start();
		}
		catch (OutOfMemoryError ex) {
			// No thread to be had: late is better than never
			task.run();
		}
	}

}
