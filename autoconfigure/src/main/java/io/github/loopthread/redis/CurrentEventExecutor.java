package io.github.loopthread.redis;

import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.AbstractEventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.ScheduledFuture;

/**
 * Where Lettuce does what is not I/O, such as ending commands whose time is up: on the
 * loop that runs at the moment. While none runs, what is executed runs at once on the
 * calling thread, or commands would never end; what repeats goes on when one runs again.
 */
final class CurrentEventExecutor extends AbstractEventExecutor {

	private static final Future<?> NEVER = ImmediateEventExecutor.INSTANCE.newPromise();

	private final RunningLoop loop;

	private final Set<RepeatedTask> repeated = ConcurrentHashMap.newKeySet();

	// Written by the loop, read by whoever schedules
	private volatile boolean hasRun;

	// Has a value while a task runs on a thread because no loop does
	private final ThreadLocal<Boolean> withoutLoop = new ThreadLocal<>();

	CurrentEventExecutor(RunningLoop loop) {
		this.loop = loop;
	}

	/**
	 * Let what repeats go on. Called when a loop has started.
	 */
	void resume(EventLoop eventLoop) {
		this.hasRun = true;
		this.repeated.forEach((task) -> task.schedule(eventLoop));
	}

	@Override
	public void execute(Runnable task) {
		EventLoop eventLoop = this.loop.getIfRunning();
		if (eventLoop != null) {
			try {
				eventLoop.execute(task);
				return;
			}
			catch (RejectedExecutionException ex) {
				// It has ended meanwhile
			}
		}
		runWithoutLoop(task);
	}

	@Override
	public boolean inEventLoop(Thread thread) {
		EventLoop eventLoop = this.loop.getIfRunning();
		return eventLoop != null && eventLoop.inEventLoop(thread);
	}

	@Override
	public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
		return this.loop.get().schedule(task, delay, unit);
	}

	@Override
	public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
		return this.loop.get().schedule(task, delay, unit);
	}

	@Override
	public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, long initialDelay, long period, TimeUnit unit) {
		return repeat(task, (eventLoop, run) -> eventLoop.scheduleAtFixedRate(run, initialDelay, period, unit));
	}

	@Override
	public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long initialDelay, long delay, TimeUnit unit) {
		return repeat(task, (eventLoop, run) -> eventLoop.scheduleWithFixedDelay(run, initialDelay, delay, unit));
	}

	/**
	 * Return whether the calling task runs when no loop does, or on one that ends.
	 * Whoever asks before he executes a task is told to do so: the timer that reconnects
	 * would otherwise give a connection up for ever, while a task only goes away.
	 */
	@Override
	public boolean isShuttingDown() {
		EventLoop eventLoop = this.loop.getIfRunning();
		return (eventLoop != null) ? eventLoop.inEventLoop() && eventLoop.isShuttingDown()
				: this.withoutLoop.get() != null;
	}

	@Override
	public boolean isShutdown() {
		return false;
	}

	@Override
	public boolean isTerminated() {
		return false;
	}

	@Override
	public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
		// The loop ends when LoopThread says so
		return ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
	}

	@Override
	public Future<?> terminationFuture() {
		return NEVER;
	}

	@Override
	@Deprecated
	public void shutdown() {
		// The loop ends when LoopThread says so
	}

	@Override
	public boolean awaitTermination(long timeout, TimeUnit unit) {
		return false;
	}

	private void runWithoutLoop(Runnable task) {
		Boolean outer = this.withoutLoop.get();
		this.withoutLoop.set(true);
		try {
			task.run();
		}
		finally {
			if (outer == null) {
				this.withoutLoop.remove();
			}
		}
	}

	private ScheduledFuture<?> repeat(Runnable task, BiFunction<EventLoop, Runnable, ScheduledFuture<?>> scheduling) {
		RepeatedTask repeatedTask = new RepeatedTask(task, scheduling, this.repeated);
		this.repeated.add(repeatedTask);
		// Lettuce calls this while its client resources are made, when there may be
		// nobody
		// to ask for a loop yet
		EventLoop eventLoop = this.hasRun ? this.loop.getIfRunning() : null;
		if (eventLoop != null) {
			repeatedTask.schedule(eventLoop);
		}
		return repeatedTask;
	}

}
