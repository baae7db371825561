package io.github.loopthread.metrics;

import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.ToDoubleFunction;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;

import org.springframework.util.Assert;

import io.github.loopthread.LoopListener;
import io.github.loopthread.LoopThread;

/**
 * Meters of a loop and its tasks, all with the tag {@code loop}, its name.
 * <p>
 * <b>Guarantees.</b> They go on through all lives of the loop: a restart registers
 * nothing. Before a registry is bound, a task costs nothing more. Of the names of tasks,
 * no more than 100 become tags.
 *
 * @since 1.0.0
 */
public final class LoopMetrics implements MeterBinder {

	private final LoopThread loop;

	private final Set<MeterRegistry> bound = Collections
		.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

	/**
	 * Create the meters of a loop.
	 * @param loop the loop
	 * @throws IllegalArgumentException when the loop is {@code null}
	 */
	public LoopMetrics(LoopThread loop) {
		Assert.notNull(loop, "'loop' must not be null");
		this.loop = loop;
	}

	/**
	 * Register the meters, and listen to the loop from now on. Doing so again with the
	 * same registry changes nothing.
	 * @param registry where the meters go
	 */
	@Override
	public void bindTo(MeterRegistry registry) {
		// Whoever listened twice would count everything twice
		if (!this.bound.add(registry)) {
			return;
		}
		Tags tags = Tags.of("loop", this.loop.getName());
		gauge(registry, tags, "loop.tasks.active", "Tasks accepted and not ended", LoopThread::activeTasks);
		gauge(registry, tags, "loop.callers.waiting", "Threads that wait for a task", LoopThread::waitingCallers);
		gauge(registry, tags, "loop.pending", "Steps that wait for the loop to come to them", LoopThread::pendingTasks);
		gauge(registry, tags, "loop.scopes.open", "Scopes not closed", LoopThread::openScopes);
		gauge(registry, tags, "loop.leases.open", "Leases not released", LoopThread::openLeases);
		gauge(registry, tags, "loop.busy", "Share of its time for which the loop is at work", LoopThread::busy);
		counter(registry, tags, "loop.stalls", "Times that the loop did not answer for the watchdog's threshold",
				LoopThread::stalls);
		counter(registry, tags, "loop.results.dropped", "Results that came when nobody waited any more",
				LoopThread::droppedResults);
		Timer lag = Timer.builder("loop.lag")
			.tags(tags)
			.description("Time until the loop comes to something new")
			.register(registry);
		this.loop.addListener(new LoopListener() {

			@Override
			public void answered(Duration time) {
				lag.record(time);
			}

		});
		this.loop.addListener(new TaskMeters(registry, tags));
	}

	private void gauge(MeterRegistry registry, Tags tags, String name, String description,
			ToDoubleFunction<LoopThread> value) {
		Gauge.builder(name, this.loop, value).tags(tags).description(description).register(registry);
	}

	private void counter(MeterRegistry registry, Tags tags, String name, String description,
			ToDoubleFunction<LoopThread> value) {
		FunctionCounter.builder(name, this.loop, value).tags(tags).description(description).register(registry);
	}

}
