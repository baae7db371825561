package io.github.loopthread.metrics;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.distribution.pause.PauseDetector;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;

import org.springframework.beans.DirectFieldAccessor;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import io.github.loopthread.LoopFreezer;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopMetrics}.
 */
@Timeout(30)
@ExtendWith(OutputCaptureExtension.class)
class LoopMetricsTests {

	private final MockClock clock = new MockClock();

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, this.clock);

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	private final LoopMetrics metrics = new LoopMetrics(this.loopThread);

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void stop() {
		this.loopThread.stop();
		this.registry.close();
	}

	@Test
	void refusesNull() {
		assertThatIllegalArgumentException().isThrownBy(() -> new LoopMetrics(null)).withMessageContaining("'loop'");
	}

	@Test
	void nobodyListensToTasksBeforeRegistryIsBound() {
		DirectFieldAccessor loop = new DirectFieldAccessor(this.loopThread);
		assertThat((List<?>) loop.getPropertyValue("events.taskListeners")).isEmpty();
		assertThat((List<?>) loop.getPropertyValue("events.loopListeners")).isEmpty();
		this.metrics.bindTo(this.registry);
		assertThat((List<?>) loop.getPropertyValue("events.taskListeners")).hasSize(1);
		assertThat((List<?>) loop.getPropertyValue("events.loopListeners")).hasSize(1);
	}

	@Test
	void timesTasksFromWhenTheyAreBroughtToStartAndToOutcome() {
		this.metrics.bindTo(this.registry);
		CompletableFuture<Object> task;
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			task = this.loop.withName("report").submit(Mono.fromSupplier(() -> {
				this.clock.add(Duration.ofMillis(200));
				return "done";
			}));
			this.clock.add(Duration.ofMillis(50));
		}
		task.join();
		assertTimer("loop.tasks.queued", 1, 50, "task", "report");
		assertTimer("loop.tasks", 1, 250, "task", "report", "outcome", "success");
	}

	@Test
	void gaugesShowWhatThereIsAtTheMoment() {
		this.metrics.bindTo(this.registry);
		CompletableFuture<Object> first = this.loop.submit(Mono.never());
		CompletableFuture<Object> second = this.loop.submit(Mono.never());
		assertThat(value("loop.tasks.active")).isEqualTo(2);
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			this.loopThread.eventLoopGroup().execute(() -> {
			});
			assertThat(value("loop.pending")).isGreaterThanOrEqualTo(1);
		}
		first.cancel(false);
		second.cancel(false);
		await().untilAsserted(() -> assertThat(value("loop.tasks.active")).isZero());
		assertThat(value("loop.callers.waiting")).isZero();
		assertThat(value("loop.busy")).isBetween(0.0, 1.0);
	}

	@Test
	void bindingAgainCountsNothingTwice() {
		this.metrics.bindTo(this.registry);
		this.metrics.bindTo(this.registry);
		this.loop.execute(Mono.just("once"));
		assertTimer("loop.tasks", 1, 0, "task", "unnamed", "outcome", "success");
	}

	@Test
	void restartRegistersNothingAndCountersGoOn() {
		this.metrics.bindTo(this.registry);
		this.loop.execute(Mono.just("first"));
		List<Meter.Id> before = ids();
		this.loopThread.stop();
		assertThat(value("loop.busy")).isZero();
		this.loopThread.start();
		this.loop.execute(Mono.just("second"));
		assertThat(ids()).containsExactlyInAnyOrderElementsOf(before);
		assertTimer("loop.tasks", 2, 0, "task", "unnamed", "outcome", "success");
		Timer lag = this.registry.get("loop.lag").timer();
		long answers = lag.count();
		await().untilAsserted(() -> assertThat(lag.count()).isGreaterThan(answers));
	}

	@Test
	@DisplayName("F8 registry that throws")
	void registryThatThrowsHarmsNoTask() {
		SimpleMeterRegistry broken = new SimpleMeterRegistry(SimpleConfig.DEFAULT, this.clock) {

			@Override
			protected Timer newTimer(Meter.Id id, DistributionStatisticConfig config, PauseDetector pauses) {
				if (id.getName().startsWith("loop.tasks")) {
					throw new AssertionError("broken registry");
				}
				return super.newTimer(id, config, pauses);
			}

		};
		this.metrics.bindTo(broken);
		for (int i = 0; i < 3; i++) {
			assertThat(this.loop.execute(Mono.just("value"))).isEqualTo("value");
			assertThat(this.loop.submit(Mono.just("value")).join()).isEqualTo("value");
		}
		broken.close();
	}

	@Test
	void namesBeyondLimitShareOneAndAreWarnedAboutOnce(CapturedOutput output) {
		this.metrics.bindTo(this.registry);
		for (int i = 0; i < 3 * TaskMeters.MAX_NAMES; i++) {
			this.loop.withName("order " + i).execute(Mono.empty());
			this.loop.withName("order " + i).execute(Mono.empty());
		}
		assertThat(this.registry.get("loop.tasks").timers()).hasSize(TaskMeters.MAX_NAMES + 1);
		assertThat(this.registry.get("loop.tasks.queued").timers()).hasSize(TaskMeters.MAX_NAMES + 1);
		assertTimer("loop.tasks", 4 * TaskMeters.MAX_NAMES, 0, "task", TaskMeters.OTHER);
		assertTimer("loop.tasks", 2, 0, "task", "order 99");
		assertThat(output).containsOnlyOnce("Tasks have more than 100 names, of which 'order 100' is one more")
			.contains("such as IDs");
	}

	private void assertTimer(String name, int count, int millis, String... tags) {
		Timer timer = this.registry.get(name).tags("loop", "loop").tags(tags).timer();
		assertThat(timer.count()).isEqualTo(count);
		assertThat(timer.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(millis);
	}

	private double value(String gauge) {
		return this.registry.get(gauge).tag("loop", "loop").gauge().value();
	}

	private List<Meter.Id> ids() {
		return this.registry.getMeters().stream().map(Meter::getId).toList();
	}

}
