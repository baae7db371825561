package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import io.github.loopthread.Seams.Seam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the log says of a stop: what has drained and what was cancelled, by name.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class StopLogTests {

	private static final String WARNING = "has not drained within";

	@Test
	@Tag(Seams.TAG)
	void namesWhatHasDrained(CapturedOutput output) {
		LoopThread loopThread = start(LoopSettings.defaults());
		Sinks.One<Integer> end = Sinks.one();
		submit(loopThread, "order", end.asMono());
		submit(loopThread, "order", end.asMono());
		submit(loopThread, "stock", end.asMono());
		CompletableFuture<Void> stopped = new CompletableFuture<>();
		try (Seams seams = new Seams()) {
			Seam counted = seams.after(TaskRegistry.class, "all");
			loopThread.stop(() -> stopped.complete(null));
			counted.awaitReached();
			end.tryEmitValue(1);
			counted.release();
			assertThat(stopped).succeedsWithin(Duration.ofSeconds(20));
		}
		assertThat(stopLine(output)).startsWith("drained tasks ")
			.contains("'order' (2 times)", "'stock'")
			.doesNotContain("cancelled");
		assertThat(output).doesNotContain(WARNING);
	}

	@Test
	void namesWhatWasCancelled(CapturedOutput output) {
		LoopThread loopThread = start(LoopSettings.defaults().withDrainTimeout(Duration.ofMillis(100)));
		LoopTemplate loop = new LoopTemplate(loopThread, Duration.ofSeconds(20));
		submit(loopThread, "order", Mono.never());
		try (LoopLease<Integer> lease = loop.withName("cursor").open(Mono.just(1), (value) -> Mono.empty());
				LoopScope scope = loop.withName("page").scope()) {
			scope.fork("review", Mono.never());
			loopThread.stop();
			assertThat(lease).isNotNull();
		}
		String cancelled = "tasks '(order', 'review|review', 'order)', leases 'cursor', scopes 'page'";
		assertThat(stopLine(output)).matches("cancelled " + cancelled);
		assertThat(output).containsPattern(
				"Loop 'loop-1' has not drained within 100ms \\('loop.shutdown.drain-timeout'\\) and cancels "
						+ cancelled);
	}

	@Test
	void stopWithoutDrainTimeNamesWhatItCancelsWithoutWarning(CapturedOutput output) {
		LoopThread loopThread = start(LoopSettings.defaults().withDrainTimeout(Duration.ZERO));
		submit(loopThread, "order", Mono.never());
		loopThread.stop();
		assertThat(stopLine(output)).isEqualTo("cancelled tasks 'order'");
		assertThat(output).doesNotContain(WARNING);
	}

	@Test
	void idleStopHasNothingToName(CapturedOutput output) {
		start(LoopSettings.defaults()).stop();
		assertThat(output).containsPattern("Loop 'loop-1' has stopped after [0-9]+ms\\R");
	}

	@Test
	void isSilentOnLoopThatDidNotStart(CapturedOutput output) {
		LoopResource<String> broken = LoopResource.of("broken", (loop) -> Mono.error(new IllegalStateException()),
				(value) -> Mono.empty());
		LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of(broken));
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(loopThread::start);
		loopThread.stop();
		assertThat(output).doesNotContain("has stopped");
	}

	@Test
	void manyNamesAreCutShort() {
		assertThat(NameList.of("tasks", Stream.of("a", "b", "a", "c", "a"))).isEqualTo("tasks 'a' (3 times), 'b', 'c'");
		assertThat(NameList.of("tasks", Stream.of("a"))).isEqualTo("tasks 'a'");
		assertThat(NameList.of("tasks", Stream.empty())).isEmpty();
		assertThat(NameList.of("tasks", IntStream.rangeClosed(1, 12).mapToObj(String::valueOf)))
			.endsWith("'9', '10' and 2 more");
		assertThat(NameList.of("tasks", IntStream.rangeClosed(1, 10).mapToObj(String::valueOf))).endsWith("'9', '10'");
	}

	private static LoopThread start(LoopSettings settings) {
		LoopThread loopThread = new LoopThread(settings, List.of());
		loopThread.start();
		return loopThread;
	}

	private static void submit(LoopThread loopThread, String name, Mono<?> task) {
		new LoopTemplate(loopThread, Duration.ofSeconds(20)).withName(name).submit(task);
	}

	private static String stopLine(CapturedOutput output) {
		return output.getAll()
			.lines()
			.filter((line) -> line.contains("Loop 'loop-1' has stopped after "))
			.map((line) -> line.replaceAll(".* has stopped after [0-9]+ms: ", ""))
			.findFirst()
			.orElseThrow();
	}

}
