package io.github.loopthread;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import io.github.loopthread.CallAccount.Call;
import io.github.loopthread.CallAccount.Outcome;
import io.github.loopthread.Seams.Seam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Many calls, many endings, and an account of each. The short form runs by default; the
 * profile {@code proof} makes it a long one.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
@Tag(Seams.TAG)
class StormTests {

	private static final int FACTOR = Integer.getInteger("storm.factor", 1);

	private static final int AT_ONCE = 1000;

	private static final int CANCELS = 10_000 * FACTOR;

	private final LoopThread loopThread = new LoopThread(
			LoopSettings.defaults().withMaxConcurrentTasks(64).withDrainTimeout(Duration.ofMillis(5)), List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	private final Seams seams = new Seams();

	@AfterEach
	void closeSeams() {
		this.seams.close();
	}

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
					account.call((call) -> this.loop.execute(call.source(never ? Mono.never() : Mono.just("value"))));
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
		account.assertIsBalanced();
		assertThat(account.runningSources()).isZero();
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
					account.call((call) -> endSomehow(call, random));
				}
			}));
		}
		callers.forEach(Thread::start);
		for (Thread caller : callers) {
			caller.join(TimeUnit.MINUTES.toMillis(20));
			assertThat(caller.isAlive()).isFalse();
		}
		account.print("seed " + seed);
		await().untilAsserted(() -> assertThat(this.loopThread.activeTasks()).isZero());
		account.assertIsBalanced();
		assertThat(account.ended()).isEqualTo(8L * calls);
		assertThat(account.of(Outcome.REFUSED)).isZero();
		assertThat(account.runningSources()).isZero();
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
		for (int i = 0; i < CANCELS; i++) {
			assertThat(this.loop.submit(task).cancel(false)).isTrue();
			while (this.loopThread.activeTasks() > 60) {
				Thread.onSpinWait();
			}
		}
		await().until(() -> this.loopThread.activeTasks() == 0);
		System.out.printf("%d tasks cancelled right after submit, %d had started%n", CANCELS, subscribed.get());
		assertThat(cancelled).hasValue(subscribed.get());
		this.loopThread.stop();
	}

	@Test
	void cancelWhileRunningIsNeverLost() throws Exception {
		this.loopThread.start();
		AtomicInteger cancelled = new AtomicInteger();
		for (int i = 0; i < CANCELS; i++) {
			CountDownLatch running = new CountDownLatch(1);
			CompletableFuture<String> future = this.loop.submit(Mono.<String>never()
				.doOnSubscribe((subscription) -> running.countDown())
				.doOnCancel(cancelled::incrementAndGet));
			assertThat(running.await(20, TimeUnit.SECONDS)).isTrue();
			future.cancel(false);
		}
		await().until(() -> this.loopThread.activeTasks() == 0);
		System.out.printf("%d tasks cancelled while they ran%n", cancelled.get());
		assertThat(cancelled).hasValue(CANCELS);
		this.loopThread.stop();
	}

	@Test
	void cancelWhileStoppingAndAfterwardsIsNeverLost() {
		LoopThread wide = new LoopThread(
				LoopSettings.defaults().withMaxConcurrentTasks(3 * AT_ONCE).withDrainTimeout(Duration.ofMillis(5)),
				List.of());
		LoopTemplate loop = new LoopTemplate(wide, Duration.ofMinutes(5));
		Sources certain = new Sources();
		Sources racing = new Sources();
		for (int i = 0; i < 10 * FACTOR; i++) {
			wide.start();
			List<CompletableFuture<String>> early = submitMany(loop, certain);
			List<CompletableFuture<String>> amid = submitMany(loop, racing);
			List<CompletableFuture<String>> late = submitMany(loop, certain);
			Seam gate = this.seams.after(TaskRegistry.class, "close");
			CompletableFuture<Void> stopped = new CompletableFuture<>();
			wide.stop(() -> stopped.complete(null));
			gate.awaitReached();
			early.forEach((future) -> future.cancel(false));
			assertThat(stopped).isNotDone();
			gate.release();
			amid.forEach((future) -> future.cancel(false));
			assertThat(stopped).succeedsWithin(Duration.ofSeconds(20));
			// Those who complete the last ones may take longer than the stop
			await().until(() -> late.stream().allMatch(CompletableFuture::isDone));
			late.forEach((future) -> future.cancel(false));
			assertThat(failures(early)).containsOnly(CancellationException.class);
			assertThat(failures(amid)).isSubsetOf(CancellationException.class, LoopStoppedException.class);
			assertThat(failures(late)).containsOnly(LoopStoppedException.class);
			assertThat(wide.activeTasks()).isZero();
			assertThat(certain.cancelled).hasValue(certain.subscribed.get());
			assertThat(racing.cancelled).hasValue(racing.subscribed.get());
		}
		System.out.printf("%d tasks cancelled while the loop stopped or afterwards, %d had started%n",
				20 * FACTOR * AT_ONCE, certain.subscribed.get());
		assertThat(certain.subscribed).hasPositiveValue();
		assertThat(certain.elsewhere).hasValue(0);
		assertThat(racing.elsewhere).hasValue(0);
		LoopThreads.assertNone("loop");
	}

	private static List<CompletableFuture<String>> submitMany(LoopTemplate loop, Sources sources) {
		return Stream.generate(() -> loop.submit(sources.never())).limit(AT_ONCE).toList();
	}

	private static Set<Class<?>> failures(List<CompletableFuture<String>> futures) {
		return futures.stream()
			.map((future) -> future.<Object>handle((value, ex) -> ex).getNow("none").getClass())
			.collect(Collectors.toSet());
	}

	private void endSomehow(Call call, Random random) {
		LoopTemplate shortly = this.loop.withTimeout(Duration.ofMillis(1));
		switch (random.nextInt(8)) {
			case 0 -> this.loop.execute(call.source(Mono.just("value")));
			case 1 -> this.loop.execute(call.source(Mono.empty()));
			case 2 -> this.loop.execute(call.source(Mono.error(new IllegalArgumentException("expected"))));
			case 3 -> shortly.execute(call.source(Mono.never()));
			case 4 -> shortly.execute(call.source(Mono.delay(Duration.ofMillis(1), this.loopThread.scheduler())));
			case 5 -> {
				CompletableFuture<String> future = call.future(this.loop.submit(call.source(Mono.never())));
				future.cancel(false);
				future.join();
			}
			case 6 -> {
				Thread caller = Thread.currentThread();
				try {
					this.loop.execute(call.source(Mono.never().doOnSubscribe((subscription) -> caller.interrupt())));
				}
				finally {
					assertThat(Thread.interrupted()).isTrue();
				}
			}
			default -> this.loop.execute(() -> call.source(Mono.just("value")).toFuture());
		}
	}

	/**
	 * Tasks that never end, and how many of them began and were cancelled on the loop.
	 */
	private static final class Sources {

		private final AtomicInteger subscribed = new AtomicInteger();

		private final AtomicInteger cancelled = new AtomicInteger();

		private final AtomicInteger elsewhere = new AtomicInteger();

		Mono<String> never() {
			return Mono.<String>never()
				.doOnSubscribe((subscription) -> this.subscribed.incrementAndGet())
				.doOnCancel(() -> (onLoop() ? this.cancelled : this.elsewhere).incrementAndGet());
		}

		private static boolean onLoop() {
			return Thread.currentThread() instanceof EventLoopThread;
		}

	}

}
