package io.github.loopthread;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import io.github.loopthread.CallAccount.Outcome;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Many calls, many endings, and an account of each. The short form runs by default; the
 * profile {@code proof} makes it a long one.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class StormTests {

	private static final int FACTOR = Integer.getInteger("storm.factor", 1);

	private final LoopThread loopThread = new LoopThread(
			LoopSettings.defaults().withMaxConcurrentTasks(64).withDrainTimeout(Duration.ofMillis(5)), List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	@Test
	void everyCallIsRefusedOrGetsItsOutcomeAcrossStopsAndStarts() throws Exception {
		this.loopThread.start();
		CallAccount account = new CallAccount();
		AtomicBoolean over = new AtomicBoolean();
		List<Thread> callers = new ArrayList<>();
		for (int i = 0; i < 32; i++) {
			boolean never = i % 8 == 0;
			callers.add(new Thread(() -> {
				while (!over.get()) {
					account.call(() -> this.loop.execute(never ? Mono.never() : Mono.just("value")));
				}
			}));
		}
		callers.forEach(Thread::start);
		int cycles = 20 * FACTOR;
		for (int i = 0; i < cycles; i++) {
			long before = account.ended();
			await().pollInSameThread().pollInterval(Duration.ofMillis(1)).until(() -> account.ended() > before + 100);
			this.loopThread.stop();
			this.loopThread.start();
		}
		over.set(true);
		this.loopThread.stop();
		for (Thread caller : callers) {
			caller.join(30_000);
			assertThat(caller.isAlive()).isFalse();
		}
		account.print(cycles + " stops and starts");
		assertThat(account.ended()).isEqualTo(account.begun());
		assertThat(account.of(Outcome.OTHER)).isZero();
		assertThat(account.of(Outcome.TIMED_OUT)).isZero();
		assertThat(account.of(Outcome.VALUE)).isPositive();
		assertThat(account.of(Outcome.STOPPED)).isPositive();
		LoopThreads.assertNone("loop");
	}

	@Test
	void noPermitIsLostWhateverTheEnding() throws Exception {
		this.loopThread.start();
		long seed = System.nanoTime();
		CallAccount account = new CallAccount();
		List<Thread> callers = new ArrayList<>();
		int calls = 2500 * FACTOR;
		for (int i = 0; i < 8; i++) {
			Random random = new Random(seed + i);
			callers.add(new Thread(() -> {
				for (int j = 0; j < calls; j++) {
					account.call(() -> endSomehow(random));
				}
			}));
		}
		callers.forEach(Thread::start);
		for (Thread caller : callers) {
			caller.join(TimeUnit.MINUTES.toMillis(20));
			assertThat(caller.isAlive()).isFalse();
		}
		account.print("seed " + seed);
		assertThat(account.ended()).isEqualTo(8L * calls);
		assertThat(account.of(Outcome.OTHER)).isZero();
		await().untilAsserted(() -> assertThat(this.loopThread.activeTasks()).isZero());
		List<CompletableFuture<String>> full = new ArrayList<>();
		for (int i = 0; i < 64; i++) {
			full.add(this.loop.submit(Mono.never()));
		}
		full.forEach((future) -> future.cancel(false));
		this.loopThread.stop();
	}

	@Test
	void cancelRightAfterSubmitIsNeverLost() {
		this.loopThread.start();
		AtomicInteger subscribed = new AtomicInteger();
		AtomicInteger cancelled = new AtomicInteger();
		Mono<String> task = Mono.<String>never()
			.doOnSubscribe((subscription) -> subscribed.incrementAndGet())
			.doOnCancel(cancelled::incrementAndGet);
		for (int i = 0; i < 10_000; i++) {
			assertThat(this.loop.submit(task).cancel(false)).isTrue();
			while (this.loopThread.activeTasks() > 60) {
				Thread.onSpinWait();
			}
		}
		await().until(() -> this.loopThread.activeTasks() == 0);
		assertThat(cancelled).hasValue(subscribed.get());
		this.loopThread.stop();
	}

	@Test
	void cancelWhileRunningIsNeverLost() throws Exception {
		this.loopThread.start();
		AtomicInteger cancelled = new AtomicInteger();
		for (int i = 0; i < 10_000; i++) {
			CountDownLatch running = new CountDownLatch(1);
			CompletableFuture<String> future = this.loop.submit(Mono.<String>never()
				.doOnSubscribe((subscription) -> running.countDown())
				.doOnCancel(cancelled::incrementAndGet));
			assertThat(running.await(20, TimeUnit.SECONDS)).isTrue();
			future.cancel(false);
		}
		await().until(() -> this.loopThread.activeTasks() == 0);
		assertThat(cancelled).hasValue(10_000);
		this.loopThread.stop();
	}

	@Test
	void cancelWhileStoppingAndAfterwardsIsNeverLost() {
		for (int i = 0; i < 100 * FACTOR; i++) {
			this.loopThread.start();
			List<CompletableFuture<String>> early = new ArrayList<>();
			List<CompletableFuture<String>> late = new ArrayList<>();
			for (int j = 0; j < 32; j++) {
				early.add(this.loop.submit(Mono.never()));
				late.add(this.loop.submit(Mono.never()));
			}
			CompletableFuture<Void> stopped = new CompletableFuture<>();
			this.loopThread.stop(() -> stopped.complete(null));
			early.forEach((future) -> future.cancel(false));
			assertThat(stopped).succeedsWithin(Duration.ofSeconds(20));
			late.forEach((future) -> future.cancel(false));
			assertThat(early).allMatch(CompletableFuture::isCancelled);
			assertThat(late).allMatch(CompletableFuture::isCancelled);
			assertThat(this.loopThread.activeTasks()).isZero();
		}
		LoopThreads.assertNone("loop");
	}

	private void endSomehow(Random random) {
		LoopTemplate shortly = this.loop.withTimeout(Duration.ofMillis(1));
		switch (random.nextInt(8)) {
			case 0 -> this.loop.execute(Mono.just("value"));
			case 1 -> this.loop.execute(Mono.empty());
			case 2 -> this.loop.execute(Mono.error(new IllegalArgumentException("expected")));
			case 3 -> shortly.execute(Mono.never());
			case 4 -> shortly.execute(Mono.delay(Duration.ofMillis(1), this.loopThread.scheduler()));
			case 5 -> {
				CompletableFuture<String> future = this.loop.submit(Mono.never());
				future.cancel(false);
				future.join();
			}
			case 6 -> {
				Thread caller = Thread.currentThread();
				try {
					this.loop.execute(Mono.never().doOnSubscribe((subscription) -> caller.interrupt()));
				}
				finally {
					assertThat(Thread.interrupted()).isTrue();
				}
			}
			default -> this.loop.execute(() -> CompletableFuture.completedStage("value"));
		}
	}

}
