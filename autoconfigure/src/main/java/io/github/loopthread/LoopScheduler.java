package io.github.loopthread;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * Schedules on whichever loop is running, and leaves disposing of it to
 * {@link LoopThread}. What is scheduled has the context of the task it belongs to.
 */
final class LoopScheduler implements Scheduler {

	private final Supplier<Scheduler> current;

	LoopScheduler(Supplier<Scheduler> current) {
		this.current = current;
	}

	@Override
	public Disposable schedule(Runnable task) {
		return this.current.get().schedule(TaskContext.current().wrap(task));
	}

	@Override
	public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
		return this.current.get().schedule(TaskContext.current().wrap(task), delay, unit);
	}

	@Override
	public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
		return this.current.get().schedulePeriodically(TaskContext.current().wrap(task), initialDelay, period, unit);
	}

	@Override
	public Worker createWorker() {
		return new ContextWorker(this.current.get().createWorker(), TaskContext.current());
	}

	@Override
	public void dispose() {
		// The loop ends when LoopThread says so
	}

	private record ContextWorker(Worker worker, TaskContext context) implements Worker {

		@Override
		public Disposable schedule(Runnable task) {
			return this.worker.schedule(this.context.wrap(task));
		}

		@Override
		public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
			return this.worker.schedule(this.context.wrap(task), delay, unit);
		}

		@Override
		public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
			return this.worker.schedulePeriodically(this.context.wrap(task), initialDelay, period, unit);
		}

		@Override
		public void dispose() {
			this.worker.dispose();
		}

		@Override
		public boolean isDisposed() {
			return this.worker.isDisposed();
		}

	}

}
