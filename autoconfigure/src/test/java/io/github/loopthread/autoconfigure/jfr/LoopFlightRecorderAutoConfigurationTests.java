package io.github.loopthread.autoconfigure.jfr;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import io.github.loopthread.LoopFreezer;
import io.github.loopthread.LoopListener;
import io.github.loopthread.LoopOverloadedException;
import io.github.loopthread.LoopStall;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopFlightRecorderAutoConfiguration} with real recordings.
 */
@Timeout(60)
class LoopFlightRecorderAutoConfigurationTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	// The timeout begins a little earlier than what is recorded
	private static final Duration HALF_OF_TIMEOUT = Duration.ofMillis(500);

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(LoopAutoConfiguration.class, LoopFlightRecorderAutoConfiguration.class));

	@TempDir
	private Path directory;

	@Test
	void tasksAreRecordedWithTheirOutcomes() {
		this.contextRunner.withPropertyValues("loop.max-concurrent-tasks=2").run((context) -> {
			LoopTemplate loop = context.getBean(LoopTemplate.class);
			try (Recording recording = start()) {
				loop.withName("quote").execute(Mono.just("value"));
				assertThatIllegalStateException()
					.isThrownBy(() -> loop.withName("broken").execute(Mono.error(new IllegalStateException("broken"))));
				assertThatExceptionOfType(LoopTimeoutException.class)
					.isThrownBy(() -> loop.withName("slow").withTimeout(Duration.ofSeconds(1)).execute(Mono.never()));
				LoopThread loopThread = context.getBean(LoopThread.class);
				await().until(() -> loopThread.activeTasks() == 0);
				CompletableFuture<Object> first = loop.withName("unwanted").submit(Mono.never());
				CompletableFuture<Object> second = loop.withName("unwanted").submit(Mono.never());
				assertThatExceptionOfType(LoopOverloadedException.class)
					.isThrownBy(() -> loop.withName("excess").execute(Mono.just("value")));
				first.cancel(true);
				second.cancel(true);
				List<RecordedEvent> events = stop(recording, "io.github.loopthread.Task");
				assertThat(events).extracting((event) -> event.getString("task") + " " + event.getString("outcome"))
					.containsExactlyInAnyOrder("quote success", "broken error", "slow timeout", "unwanted cancelled",
							"unwanted cancelled", "excess rejected");
				assertThat(events).allSatisfy((event) -> {
					assertThat(event.getString("loop")).isEqualTo("loop");
					assertThat(event.getThread("caller").getJavaName()).isEqualTo(Thread.currentThread().getName());
					assertThat(event.getDuration("queued")).isBetween(Duration.ZERO, LONG);
					assertThat(event.getStackTrace()).isNull();
				});
				assertThat(byTask(events).get("slow").getDuration()).isBetween(HALF_OF_TIMEOUT, LONG);
			}
		});
	}

	@Test
	void timeInQueueIsRecordedAlsoForTaskThatNeverStarts() {
		this.contextRunner.run((context) -> {
			LoopTemplate loop = context.getBean(LoopTemplate.class);
			try (Recording recording = start()) {
				CompletableFuture<String> patient;
				try (LoopFreezer freezer = LoopFreezer.freeze(context.getBean(LoopThread.class))) {
					patient = loop.withName("patient").submit(Mono.just("value"));
					assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(() -> loop.withName("impatient")
						.withTimeout(Duration.ofSeconds(1))
						.execute(Mono.just("value")));
				}
				assertThat(patient).succeedsWithin(LONG);
				Map<String, RecordedEvent> events = byTask(stop(recording, "io.github.loopthread.Task"));
				assertThat(events.get("patient").getDuration("queued")).isBetween(HALF_OF_TIMEOUT, LONG);
				assertThat(events.get("impatient").getDuration("queued")).isBetween(HALF_OF_TIMEOUT, LONG);
			}
		});
	}

	@Test
	void stallIsRecordedWhenItIsNoticedAndWhenItHasEnded() {
		this.contextRunner.withPropertyValues("loop.watchdog.threshold=1s").run((context) -> {
			LoopThread loop = context.getBean(LoopThread.class);
			StallWatch watch = new StallWatch();
			loop.addListener(watch);
			try (Recording recording = start()) {
				try (LoopFreezer freezer = LoopFreezer.freeze(loop)) {
					assertThat(watch.stalled.await(20, TimeUnit.SECONDS)).isTrue();
				}
				assertThat(watch.recovered.await(20, TimeUnit.SECONDS)).isTrue();
				List<RecordedEvent> events = stop(recording, "io.github.loopthread.Stall");
				assertThat(events).extracting((event) -> event.getBoolean("ended")).containsExactly(false, true);
				assertThat(events).allSatisfy((event) -> {
					assertThat(event.getString("frame")).contains(LoopFreezer.class.getName());
					assertThat(event.getDuration("unanswered")).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
				});
				assertThat(events.get(0).getDuration()).isZero();
				assertThat(events.get(1).getDuration("unanswered"))
					.isGreaterThanOrEqualTo(events.get(0).getDuration("unanswered"));
			}
		});
	}

	@Test
	void isNotThereWhenLoopIsDisabledOrWithoutFlightRecorder() {
		this.contextRunner.withPropertyValues("loop.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(FlightRecorderPostProcessor.class));
		this.contextRunner.withClassLoader(new FilteredClassLoader("jdk.jfr"))
			.run((context) -> assertThat(context).hasSingleBean(LoopThread.class)
				.doesNotHaveBean("loopFlightRecorderPostProcessor"));
	}

	private static Recording start() {
		Recording recording = new Recording();
		recording.enable("io.github.loopthread.Task");
		recording.enable("io.github.loopthread.Stall");
		recording.start();
		return recording;
	}

	private List<RecordedEvent> stop(Recording recording, String type) throws IOException {
		recording.stop();
		Path file = this.directory.resolve("recording.jfr");
		recording.dump(file);
		return RecordingFile.readAllEvents(file)
			.stream()
			.filter((event) -> event.getEventType().getName().equals(type))
			.sorted(Comparator.comparing(RecordedEvent::getEndTime))
			.toList();
	}

	private static Map<String, RecordedEvent> byTask(List<RecordedEvent> events) {
		return events.stream()
			.collect(Collectors.toMap((event) -> event.getString("task"), Function.identity(), (one, other) -> one));
	}

	private static final class StallWatch implements LoopListener {

		private final CountDownLatch stalled = new CountDownLatch(1);

		private final CountDownLatch recovered = new CountDownLatch(1);

		@Override
		public void stalled(LoopStall stall) {
			this.stalled.countDown();
		}

		@Override
		public void recovered(LoopStall stall) {
			this.recovered.countDown();
		}

	}

}
