package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * The loop dies of an error in its input and output, which nothing can survive.
 */
@ExtendWith(OutputCaptureExtension.class)
class LoopDeathTests {

	private static final int CALLERS = 1000;

	private final NoClassDefFoundError error = new NoClassDefFoundError("out of the I/O handler");

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults().withTransport(Transport.NIO),
			List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(50));

	private final LoopKiller killer = new LoopKiller();

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void stopAndLeaveNothing() {
		this.loopThread.stop();
		LoopThreads.assertNone("loop");
	}

	@Test
	void wakesEveryCallerWithTheCauseRefusesNewOnesAndStartsAnew() throws Exception {
		WaitingCallers callers = WaitingCallers.start(CALLERS, this.loop);
		this.killer.kill(this.loopThread, this.error);
		assertThat(callers.outcomes())
			.allSatisfy((ex) -> assertThat(ex).isInstanceOf(LoopStoppedException.class).hasCause(this.error));
		double millis = callers.lastAwakeMillisAfter(this.killer.diedNanos());
		System.out.printf("%d callers awake %.1f ms after the death of the loop%n", CALLERS, millis);
		assertThat(millis).isLessThan(5_000);
		await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
		assertThat(this.loopThread.isRunning()).isFalse();
		assertThat(this.loopThread.activeTasks()).isZero();
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(() -> this.loop.execute(Mono.just("never")))
			.withMessageContaining("ended by itself");
		this.loopThread.start();
		assertThat(this.loop.execute(Mono.just("alive"))).isEqualTo("alive");
	}

	@Test
	void isReportedOnceWithTheCause(CapturedOutput output) throws Exception {
		this.killer.kill(this.loopThread, this.error);
		await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
		assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> this.loop.execute(Mono.just("never")));
		this.loopThread.stop();
		String report = "Loop 'loop-1' ended by itself. The next start makes a new one";
		await().untilAsserted(() -> assertThat(output).containsOnlyOnce(report));
		assertThat(output.getAll().substring(output.getAll().indexOf(report))).contains(this.error.toString());
	}

	@Test
	void isToldAtOnceAlthoughResourceFailsToClose() throws Exception {
		LoopResource<String> unclosable = LoopResource.of("unclosable", (loop) -> Mono.just("open"), (value) -> {
			throw new NoClassDefFoundError("missing");
		});
		LoopThread loopThread = new LoopThread(LoopSettings.defaults().withTransport(Transport.NIO),
				List.of(unclosable));
		loopThread.start();
		WaitingCallers callers = WaitingCallers.start(3, new LoopTemplate(loopThread, Duration.ofSeconds(50)));
		CompletableFuture<String> future = new LoopTemplate(loopThread, Duration.ofSeconds(50)).submit(Mono.never());
		this.killer.kill(loopThread, this.error);
		assertThat(callers.outcomes()).allSatisfy((ex) -> assertThat(ex).hasCause(this.error));
		assertThatExceptionOfType(LoopStoppedException.class).isThrownBy(() -> future.get(20, TimeUnit.SECONDS))
			.withCause(this.error);
		await().until(() -> loopThread.state() == LoopThread.State.FAILED);
		loopThread.stop();
	}

	@Test
	void cancelsOnItsThreadWhatNobodyWaitsFor() throws Exception {
		Queue<String> threads = new ConcurrentLinkedQueue<>();
		CountDownLatch subscribed = new CountDownLatch(CALLERS);
		Mono<Object> task = Mono.never()
			.doOnSubscribe((subscription) -> subscribed.countDown())
			.doOnCancel(() -> threads.add(Thread.currentThread().getName()));
		List<CompletableFuture<Object>> futures = Stream.generate(() -> this.loop.submit(task)).limit(CALLERS).toList();
		assertThat(subscribed.await(20, TimeUnit.SECONDS)).isTrue();
		this.killer.kill(this.loopThread, this.error);
		await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
		await().until(() -> futures.stream().allMatch(CompletableFuture::isDone));
		assertThat(threads).hasSize(CALLERS).containsOnly("loop-1");
	}

	@Test
	void startByWhomDeathHasWokenWaitsForItsEndAndMakesNewLoop() throws Exception {
		CountDownLatch closing = new CountDownLatch(1);
		CountDownLatch mayClose = new CountDownLatch(1);
		LoopResource<String> slow = LoopResource.of("slow", (loop) -> Mono.just("open"),
				(value) -> Mono.fromRunnable(() -> {
					closing.countDown();
					awaitBounded(mayClose);
				}));
		LoopThread loopThread = new LoopThread(
				LoopSettings.defaults().withTransport(Transport.NIO).withStartupTimeout(Duration.ofSeconds(3)),
				List.of(slow));
		LoopTemplate loop = new LoopTemplate(loopThread, Duration.ofSeconds(50));
		loopThread.start();
		WaitingCallers callers = WaitingCallers.start(1, loop);
		this.killer.kill(loopThread, this.error);
		assertThat(callers.outcomes()).first().isInstanceOf(LoopStoppedException.class);
		assertThat(closing.await(20, TimeUnit.SECONDS)).isTrue();
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(() -> loop.execute(Mono.just("never")))
			.withMessageContaining("ended by itself");
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(loopThread::start)
			.withMessageContaining("did not end within 3000ms ('loop.startup-timeout')");
		CompletableFuture<String> anew = new CompletableFuture<>();
		Thread starter = new Thread(() -> anew.completeAsync(() -> {
			loopThread.start();
			return loop.execute(Mono.just("alive"));
		}, Runnable::run), "starter");
		starter.start();
		await().until(() -> anew.isDone() || starter.getState() == Thread.State.TIMED_WAITING);
		assertThat(anew).isNotDone();
		mayClose.countDown();
		assertThat(anew).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("alive");
		loopThread.stop();
	}

	private static void awaitBounded(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void endsStartThatIsUnderWay() throws Exception {
		CountDownLatch opening = new CountDownLatch(1);
		AtomicReference<LoopThread> dying = new AtomicReference<>();
		LoopResource<String> never = LoopResource.of("never",
				(loop) -> Mono.<String>never().doOnSubscribe((subscription) -> {
					dying.set(loop);
					opening.countDown();
				}), (value) -> Mono.empty());
		LoopThread loopThread = new LoopThread(
				LoopSettings.defaults().withTransport(Transport.NIO).withStartupTimeout(Duration.ofMinutes(10)),
				List.of(never));
		CompletableFuture<Void> started = CompletableFuture.runAsync(loopThread::start);
		assertThat(opening.await(20, TimeUnit.SECONDS)).isTrue();
		this.killer.kill(dying.get(), this.error);
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> started.get(20, TimeUnit.SECONDS))
			.withRootCauseInstanceOf(NoClassDefFoundError.class)
			.havingCause()
			.isInstanceOf(LoopNotRunningException.class);
		assertThat(loopThread.state()).isEqualTo(LoopThread.State.STOPPED);
	}

}
