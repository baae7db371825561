package io.github.loopthread;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Sinks;

import org.springframework.core.task.SimpleAsyncTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Ten thousand callers, each on a virtual thread, at the default limit of a thousand
 * tasks. Which waits pin a carrier is the JDK's affair: from 24 on a monitor does not, so
 * that those which a caller holds are for {@link HeldMonitorTests} to see.
 */
@EnabledForJreRange(min = JRE.JAVA_21)
class VirtualThreadTests {

	private static final int CALLERS = 10_000;

	private static final int LIMIT = LoopSettings.defaults().maxConcurrentTasks();

	private static final CountDownLatch RELEASE = new CountDownLatch(1);

	@TempDir
	private Path directory;

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(50));

	@AfterEach
	void stop() {
		this.loopThread.stop();
	}

	@Test
	void limitHoldsRefusalsAreImmediateAndNoCarrierIsPinned() throws Exception {
		this.loopThread.start();
		List<RecordedEvent> pinned;
		try (SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor(); Recording recording = new Recording()) {
			executor.setVirtualThreads(true);
			// Whoever waits for a class to be initialized is pinned, once
			callManyTimes(executor);
			recording.enable("jdk.VirtualThreadPinned").withoutThreshold().withStackTrace();
			recording.start();
			callManyTimes(executor);
			pinCarrier(executor);
			recording.stop();
			pinned = events(recording);
		}
		assertThat(pinned).as("on purpose").anyMatch((event) -> isIn(event, PinsItsCarrier.class));
		assertThat(pinned).as("in a call").noneMatch((event) -> isIn(event, LoopTemplate.class));
	}

	private void callManyTimes(SimpleAsyncTaskExecutor executor) throws Exception {
		Sinks.One<String> answer = Sinks.one();
		Map<String, AtomicInteger> outcomes = new ConcurrentHashMap<>();
		CountDownLatch refused = new CountDownLatch(CALLERS - LIMIT);
		List<CompletableFuture<Void>> callers = IntStream.range(0, CALLERS)
			.mapToObj((i) -> executor.submitCompletable(() -> {
				String outcome = call(answer);
				outcomes.computeIfAbsent(outcome, (key) -> new AtomicInteger()).incrementAndGet();
				if (outcome.equals("refused")) {
					refused.countDown();
				}
			}))
			.toList();
		// While none of the accepted ones has its answer yet
		assertThat(refused.await(30, TimeUnit.SECONDS)).isTrue();
		await().until(() -> this.loopThread.activeTasks() == LIMIT);
		answer.tryEmitValue("answer");
		assertThat(CompletableFuture.allOf(callers.toArray(CompletableFuture[]::new)))
			.succeedsWithin(Duration.ofSeconds(30));
		assertThat(outcomes.get("answer")).hasValue(LIMIT);
		assertThat(outcomes.get("refused")).hasValue(CALLERS - LIMIT);
		assertThat(this.loopThread.activeTasks()).isZero();
	}

	private String call(Sinks.One<String> answer) {
		try {
			return String.valueOf(this.loop.execute(answer.asMono()));
		}
		catch (LoopOverloadedException ex) {
			return "refused";
		}
	}

	private static void pinCarrier(SimpleAsyncTaskExecutor executor) {
		CompletableFuture<Thread> thread = new CompletableFuture<>();
		CompletableFuture<Boolean> released = executor.submitCompletable(() -> {
			thread.complete(Thread.currentThread());
			return PinsItsCarrier.released;
		});
		await().until(() -> thread.isDone() && thread.join().getState() == Thread.State.TIMED_WAITING);
		RELEASE.countDown();
		assertThat(released).succeedsWithin(Duration.ofSeconds(20)).isEqualTo(true);
	}

	private List<RecordedEvent> events(Recording recording) throws Exception {
		Path file = this.directory.resolve("events.jfr");
		recording.dump(file);
		return RecordingFile.readAllEvents(file);
	}

	private static boolean isIn(RecordedEvent event, Class<?> type) {
		RecordedStackTrace stack = event.getStackTrace();
		return stack != null && stack.getFrames()
			.stream()
			.anyMatch((frame) -> frame.getMethod().getType().getName().equals(type.getName()));
	}

	/**
	 * Waits while it is initialized, which pins the carrier in every JDK.
	 */
	private static final class PinsItsCarrier {

		private static final boolean released = awaitRelease();

		private static boolean awaitRelease() {
			try {
				return RELEASE.await(20, TimeUnit.SECONDS);
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

}
