package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import reactor.core.publisher.Sinks;

import org.springframework.core.task.SimpleAsyncTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Ten thousand callers, each on a virtual thread, at the default limit of a thousand
 * tasks.
 */
@EnabledForJreRange(min = JRE.JAVA_21)
class VirtualThreadTests {

	private static final int CALLERS = 10_000;

	@Test
	void limitHoldsRefusalsAreImmediateAndNoCarrierIsPinned() throws Exception {
		LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of());
		LoopTemplate loop = new LoopTemplate(loopThread, Duration.ofSeconds(50));
		loopThread.start();
		Sinks.One<String> answer = Sinks.one();
		Map<String, AtomicInteger> outcomes = new ConcurrentHashMap<>();
		CountDownLatch refused = new CountDownLatch(CALLERS - LoopSettings.defaults().maxConcurrentTasks());
		List<String> pinned = new CopyOnWriteArrayList<>();
		try (SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor();
				RecordingStream events = new RecordingStream()) {
			executor.setVirtualThreads(true);
			events.enable("jdk.VirtualThreadPinned").withoutThreshold();
			events.onEvent("jdk.VirtualThreadPinned", (event) -> pinned.add(String.valueOf(event.getStackTrace())));
			events.startAsync();
			List<CompletableFuture<Void>> callers = IntStream.range(0, CALLERS)
				.mapToObj((i) -> executor.submitCompletable(() -> {
					String outcome = call(loop, answer);
					outcomes.computeIfAbsent(outcome, (key) -> new AtomicInteger()).incrementAndGet();
					if (outcome.equals("refused")) {
						refused.countDown();
					}
				}))
				.toList();
			// While none of the accepted ones has its answer yet
			assertThat(refused.await(30, TimeUnit.SECONDS)).isTrue();
			await().until(() -> loopThread.activeTasks() == 1000);
			answer.tryEmitValue("answer");
			assertThat(CompletableFuture.allOf(callers.toArray(CompletableFuture[]::new)))
				.succeedsWithin(Duration.ofSeconds(30));
		}
		assertThat(outcomes.get("answer")).hasValue(1000);
		assertThat(outcomes.get("refused")).hasValue(CALLERS - 1000);
		assertThat(pinned).noneMatch((stack) -> stack.contains("io.github.loopthread"));
		assertThat(loopThread.activeTasks()).isZero();
		loopThread.stop();
	}

	private static String call(LoopTemplate loop, Sinks.One<String> answer) {
		try {
			return String.valueOf(loop.execute(answer.asMono()));
		}
		catch (LoopOverloadedException ex) {
			return "refused";
		}
	}

}
