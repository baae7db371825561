package io.github.loopthread;

import java.lang.ref.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Flux;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for streams that were neither read to their end nor closed.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class ForgottenStreamTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	private final List<ByteBuf> buffers = new ArrayList<>();

	private final AtomicInteger cancels = new AtomicInteger();

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ZERO),
			List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, LONG);

	@AfterEach
	void stop() {
		this.loopThread.stop();
		LoopThreads.assertNone("loop");
	}

	@Test
	void isFoundClosedAndReportedOnceWithItsNameAndPlace(CapturedOutput output) {
		open();
		collectUntilNoTaskIsLeft();
		assertThat(this.cancels).hasValue(1);
		assertThat(this.buffers).hasSize(6).allMatch((buffer) -> buffer.refCnt() == 0);
		assertThat(this.loopThread.droppedResults()).isZero();
		await().untilAsserted(() -> assertThat(reports(output)).isOne());
		assertThat(output.getOut().lines().dropWhile((line) -> !line.contains("neither read")).toList())
			.satisfies(
					(lines) -> assertThat(lines.get(0)).contains("WARN").contains("Stream 'orders' was neither read"))
			// The first line is that of the application: none of this library's is above
			.satisfies((lines) -> assertThat(lines.get(1))
				.startsWith("\tat io.github.loopthread.ForgottenStreamTests.open(ForgottenStreamTests.java:"))
			.satisfies((lines) -> assertThat(lines.get(2)).contains(
					"ForgottenStreamTests.isFoundClosedAndReportedOnceWithItsNameAndPlace(ForgottenStreamTests.java:"));
	}

	@Test
	void isFoundAlsoWhenSourceHasEndedAndElementsAreLeft(CapturedOutput output) {
		this.loop.withName("orders").stream(source().take(5)).findFirst().ifPresent(ByteBuf::release);
		collectUntilNoTaskIsLeft();
		assertThat(this.buffers).hasSize(5).allMatch((buffer) -> buffer.refCnt() == 0);
		await().untilAsserted(() -> assertThat(reports(output)).isOne());
	}

	@Test
	void isNotReportedWhenReadToItsEndOrClosed(CapturedOutput output) {
		this.loop.stream(source().take(5)).forEach(ByteBuf::release);
		this.loop.stream(source()).close();
		collectUntilNoTaskIsLeft();
		open();
		collectUntilNoTaskIsLeft();
		await().untilAsserted(() -> assertThat(reports(output)).isOne());
	}

	@Test
	void isNotForgottenWhileOnlyItsIteratorIsHeld(CapturedOutput output) {
		Iterator<Integer> iterator = this.loop.stream(Flux.range(0, 100), 4).iterator();
		assertThat(iterator.next()).isZero();
		collectWhatIsForgottenAndNothingElse(output);
		assertThat(iterator).toIterable().hasSize(99);
	}

	@Test
	void isNotForgottenWhileOnlyItsPipelineIsHeld(CapturedOutput output) {
		Stream<String> stream = this.loop.stream(Flux.range(0, 100), 4).map(String::valueOf).skip(1);
		collectWhatIsForgottenAndNothingElse(output);
		assertThat(stream).hasSize(99);
	}

	@Test
	void isNotForgottenWhileItIsBeingRead(CapturedOutput output) throws Exception {
		Thread reader = new Thread(() -> this.loop.stream(Flux.never()).forEach((element) -> {
		}), "reader");
		reader.setUncaughtExceptionHandler((thread, ex) -> assertThat(ex).isInstanceOf(LoopStoppedException.class));
		reader.start();
		await().until(() -> this.loopThread.activeTasks() == 1 && reader.getState() == Thread.State.TIMED_WAITING);
		collectWhatIsForgottenAndNothingElse(output);
		assertThat(reader.isAlive()).isTrue();
		this.loopThread.stop();
		reader.join(20_000);
		assertThat(reader.isAlive()).isFalse();
	}

	/**
	 * Prove that a collection has taken place and was looked at: another stream that is
	 * forgotten has been found.
	 */
	private void collectWhatIsForgottenAndNothingElse(CapturedOutput output) {
		int tasks = this.loopThread.activeTasks();
		open();
		await().atMost(LONG).untilAsserted(() -> {
			System.gc();
			assertThat(this.loopThread.activeTasks()).isEqualTo(tasks);
		});
		await().untilAsserted(() -> assertThat(reports(output)).isOne());
	}

	private void collectUntilNoTaskIsLeft() {
		await().atMost(LONG).until(() -> {
			System.gc();
			return this.loopThread.activeTasks() == 0;
		});
	}

	private void open() {
		int tasks = this.loopThread.activeTasks();
		Stream<ByteBuf> stream = this.loop.withName("orders").stream(source(), 6);
		await().until(() -> this.buffers.size() >= 6);
		assertThat(this.loopThread.activeTasks()).isEqualTo(tasks + 1);
		Reference.reachabilityFence(stream);
	}

	private Flux<ByteBuf> source() {
		return Flux.<ByteBuf>generate((next) -> {
			ByteBuf buffer = Unpooled.buffer(8);
			this.buffers.add(buffer);
			next.next(buffer);
		}).doOnCancel(() -> {
			if (this.loopThread.inLoop()) {
				this.cancels.incrementAndGet();
			}
		});
	}

	private static int reports(CapturedOutput output) {
		return (int) Pattern.compile("neither read to its end nor closed").matcher(output).results().count();
	}

}
