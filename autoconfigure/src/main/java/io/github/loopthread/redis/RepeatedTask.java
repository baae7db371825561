package io.github.loopthread.redis;

import java.util.Set;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.DefaultPromise;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/**
 * A task that repeats until it is cancelled or fails, on one loop after the other.
 */
final class RepeatedTask extends DefaultPromise<Void> implements ScheduledFuture<Void>, Runnable {

	private final Runnable task;

	private final BiFunction<EventLoop, Runnable, ScheduledFuture<?>> scheduling;

	private final Set<RepeatedTask> repeated;

	// Written by whoever schedules it, read by whoever cancels it
	private volatile @Nullable ScheduledFuture<?> current;

	RepeatedTask(Runnable task, BiFunction<EventLoop, Runnable, ScheduledFuture<?>> scheduling,
			Set<RepeatedTask> repeated) {
		super(ImmediateEventExecutor.INSTANCE);
		this.task = task;
		this.scheduling = scheduling;
		this.repeated = repeated;
	}

	/**
	 * Schedule the task on a loop, instead of on another that it may have been scheduled
	 * on.
	 */
	synchronized void schedule(EventLoop eventLoop) {
		cancelCurrent();
		this.current = this.scheduling.apply(eventLoop, this);
		if (isDone()) {
			cancelCurrent();
		}
	}

	@Override
	public void run() {
		try {
			this.task.run();
		}
		catch (Throwable ex) {
			// As everywhere, a task that fails is not repeated
			this.repeated.remove(this);
			cancelCurrent();
			tryFailure(ex);
		}
	}

	@Override
	public boolean cancel(boolean mayInterruptIfRunning) {
		this.repeated.remove(this);
		boolean cancelled = super.cancel(mayInterruptIfRunning);
		cancelCurrent();
		return cancelled;
	}

	@Override
	public long getDelay(TimeUnit unit) {
		ScheduledFuture<?> current = this.current;
		return (current != null) ? current.getDelay(unit) : 0;
	}

	@Override
	public int compareTo(Delayed other) {
		return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
	}

	private void cancelCurrent() {
		ScheduledFuture<?> current = this.current;
		if (current != null) {
			current.cancel(false);
		}
	}

}
