package io.github.loopthread;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * Schedules on whichever loop is running, and leaves disposing of it to
 * {@link LoopThread}.
 */
final class LoopScheduler implements Scheduler {

	private final Supplier<Scheduler> current;

	LoopScheduler(Supplier<Scheduler> current) {
		this.current = current;
	}

	@Override
	public Disposable schedule(Runnable task) {
		return this.current.get().schedule(task);
	}

	@Override
	public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
		return this.current.get().schedule(task, delay, unit);
	}

	@Override
	public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
		return this.current.get().schedulePeriodically(task, initialDelay, period, unit);
	}

	@Override
	public Worker createWorker() {
		return this.current.get().createWorker();
	}

	@Override
	public void dispose() {
		// The loop ends when LoopThread says so
	}

}
