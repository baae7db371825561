package io.github.loopthread.metrics;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import org.jspecify.annotations.Nullable;

import io.github.loopthread.LoopTaskListener;

/**
 * The timers of tasks with one name, each registered when it has something to record for
 * the first time, and not looked for again.
 */
final class TaskTimers {

	private final MeterRegistry registry;

	private final Clock clock;

	private final Tags tags;

	private final Map<LoopTaskListener.Outcome, Timer> ended = new ConcurrentHashMap<>();

	// Written and read by the loop, whose thread changes with a restart
	private volatile @Nullable Timer queued;

	TaskTimers(MeterRegistry registry, Tags tags) {
		this.registry = registry;
		this.clock = registry.config().clock();
		this.tags = tags;
	}

	/**
	 * Return what measures a task that is brought now.
	 */
	LoopTaskListener start() {
		return new TimedTask();
	}

	private Timer queued() {
		Timer timer = this.queued;
		if (timer == null) {
			timer = register(Timer.builder("loop.tasks.queued").tags(this.tags),
					"Time from when a task is brought until the loop comes to it");
			this.queued = timer;
		}
		return timer;
	}

	private Timer ended(LoopTaskListener.Outcome outcome) {
		Timer timer = this.ended.get(outcome);
		if (timer == null) {
			timer = register(
					Timer.builder("loop.tasks").tags(this.tags.and("outcome", outcome.name().toLowerCase(Locale.ROOT))),
					"Time from when a task is brought until it has its outcome");
			// Two threads that register one get the same
			this.ended.put(outcome, timer);
		}
		return timer;
	}

	private Timer register(Timer.Builder timer, String description) {
		return timer.description(description).register(this.registry);
	}

	private final class TimedTask implements LoopTaskListener {

		private final long brought = TaskTimers.this.clock.monotonicTime();

		@Override
		public void started() {
			queued().record(elapsed(), TimeUnit.NANOSECONDS);
		}

		@Override
		public void ended(Outcome outcome, @Nullable Throwable failure) {
			TaskTimers.this.ended(outcome).record(elapsed(), TimeUnit.NANOSECONDS);
		}

		private long elapsed() {
			return TaskTimers.this.clock.monotonicTime() - this.brought;
		}

	}

}
