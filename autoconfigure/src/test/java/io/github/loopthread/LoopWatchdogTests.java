package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopWatchdog} and what it measures and reports of a real loop.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class LoopWatchdogTests {

	private static final Duration THRESHOLD = Duration.ofMillis(200);

	private static final Duration STEP = Duration.ofMillis(10);

	// That of what a test does to the loop, and not of what a busy machine does
	private static final Pattern REPORT = Pattern
		.compile("Loop 'loop-1' has not answered for [0-9]+ms: it is in [^\\n]* "
				+ "at io\\.github\\.loopthread\\.LoopWatchdogTests");

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults().withWatchdogThreshold(THRESHOLD),
			List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(30)).withName("product");

	// Counted down by the loop when it blocks
	private final CountDownLatch blocked = new CountDownLatch(1);

	private final CountDownLatch release = new CountDownLatch(1);

	private final Queue<LoopStall> stalls = new ConcurrentLinkedQueue<>();

	@BeforeEach
	void start() {
		this.loopThread.addListener(new LoopListener() {

			@Override
			public void stalled(LoopStall stall) {
				LoopWatchdogTests.this.stalls.add(stall);
			}

		});
		this.loopThread.start();
		loadClasses();
	}

	@AfterEach
	void stopAndLeaveNothing() {
		this.release.countDown();
		this.loopThread.stop();
		LoopThreads.assertNone("loop");
	}

	@Test
	void reportsWithinOneSecondAfterTheThresholdAndSaysWhenItIsOver(CapturedOutput output) throws Exception {
		CompletableFuture<Integer> blocking = this.loop.submit(blocking());
		assertThat(STEP.multipliedBy(stepsUntilReport())).isLessThan(THRESHOLD.plusSeconds(1));
		assertThat(reported()).singleElement()
			.satisfies((stall) -> assertThat(stall.duration()).isBetween(THRESHOLD, THRESHOLD.plusMillis(100)));
		assertThat(this.loopThread.blockedIn()).contains("LoopWatchdogTests.block(");
		assertThat(this.loopThread.busy()).isEqualTo(1);
		assertThat(this.loopThread.lag()).isGreaterThanOrEqualTo(THRESHOLD);
		this.release.countDown();
		assertThat(blocking.get(20, TimeUnit.SECONDS)).isOne();
		await().untilAsserted(() -> assertThat(output)
			.containsPattern("Loop 'loop-1' answers again after [0-9]+ms, for which it was in task 'product'"));
		assertThat(REPORT.matcher(output.getAll()).results()).hasSize(1);
		assertThat(reported()).hasSize(1);
		await().untilAsserted(() -> assertThat(this.loopThread.stalls()).isEqualTo(this.stalls.size()));
		await().until(() -> this.loopThread.blockedIn() == null);
		await().until(() -> this.loopThread.busy() < 0.2);
		await().until(() -> this.loopThread.lag().compareTo(THRESHOLD) < 0);
	}

	@Test
	void saysWhatLoopDoesAndForWhom(CapturedOutput output) throws Exception {
		this.loopThread.describeCallersWith(() -> "GET /products/7");
		CompletableFuture<Integer> blocking = this.loop.submit(blocking());
		awaitReport();
		assertThat(report(output)).containsPattern(
				"""
						Loop 'loop-1' has not answered for [0-9]+ms: it is in task 'product' at \
						io.github.loopthread.LoopWatchdogTests.block\\(LoopWatchdogTests.java:[0-9]+\\), and holds up 1 open tasks. \
						Nothing on the loop may block or compute for long. \
						The task came from thread '%s' \\(GET /products/7\\) here:
						\\tat .*LoopWatchdogTests.saysWhatLoopDoesAndForWhom\\("""
					.formatted(Thread.currentThread().getName()));
		assertThat(report(output)).containsPattern("""
				IllegalStateException: Stack of 'loop-1'
				(\\tat .*\\n)*\
				\\tat .*LoopWatchdogTests.block\\(""");
		this.release.countDown();
		assertThat(blocking.get(20, TimeUnit.SECONDS)).isOne();
	}

	@Test
	void findsCallerWhoWaitsWhereItWaits(CapturedOutput output) throws Exception {
		Thread caller = new Thread(this::callAndWait, "the caller");
		caller.start();
		awaitReport();
		this.release.countDown();
		caller.join(20_000);
		assertThat(report(output)).containsPattern("""
				The task came from thread 'the caller' here:
				\\tat .*LoopWatchdogTests.callAndWait\\(""");
	}

	@Test
	void doesNotBlameWhatCallerDoesAfterItHasGone(CapturedOutput output) {
		String caller = Thread.currentThread().getName();
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			Mono<Integer> task = deadlines.passWhenSubscribed(blocking());
			assertThatExceptionOfType(LoopTimeoutException.class)
				.isThrownBy(() -> this.loop.withTimeout(Duration.ofMillis(10)).execute(task));
		}
		await().untilAsserted(() -> assertThat(report(output)).contains("in task 'product'")
			.contains("The task came from thread '%s', which does not wait for it any more".formatted(caller)));
	}

	@Test
	void findsScopeOfFork(CapturedOutput output) {
		try (LoopScope scope = this.loop.scope()) {
			scope.fork("stock", blocking());
			awaitReport();
			this.release.countDown();
		}
		assertThat(report(output)).contains("in task 'stock'").containsPattern("""
				The task came from thread '%s' here:
				\\tat .*LoopWatchdogTests.findsScopeOfFork\\(""".formatted(Thread.currentThread().getName()));
	}

	@Test
	void findsPlaceOfStream(CapturedOutput output) {
		try (Stream<Integer> stream = this.loop.withName("reviews").stream(blocking().flux())) {
			awaitReport();
			this.release.countDown();
			assertThat(stream).containsExactly(1);
		}
		assertThat(report(output)).contains("in task 'reviews'").containsPattern("""
				The task came from thread '%s' here:
				\\tat .*LoopWatchdogTests.findsPlaceOfStream\\(""".formatted(Thread.currentThread().getName()));
	}

	@Test
	void findsTaskThatBlocksInLaterStep(CapturedOutput output) {
		Mono<Integer> later = Mono.delay(Duration.ofMillis(1), this.loopThread.scheduler()).then(blocking());
		CompletableFuture<Integer> blocking = this.loop.withName("later").submit(later);
		awaitReport();
		this.release.countDown();
		assertThat(blocking).succeedsWithin(Duration.ofSeconds(20));
		assertThat(report(output)).contains("in task 'later'");
	}

	@Test
	void saysThatLoopIsInNoneOfItsTasks(CapturedOutput output) {
		this.loopThread.eventLoopGroup().execute(this::block);
		awaitReport();
		this.release.countDown();
		assertThat(report(output)).contains("it is in none of its tasks at io.github.loopthread.LoopWatchdogTests")
			.doesNotContain("The task came from");
		await().untilAsserted(() -> assertThat(output)
			.containsPattern("answers again after [0-9]+ms, for which it was in none of its tasks"));
	}

	@Test
	@DisplayName("E4 a task that computes")
	void taskThatComputesIsReportedAndOthersWaitForItsLength(CapturedOutput output) throws Exception {
		CountDownLatch computes = new CountDownLatch(1);
		CompletableFuture<Integer> hog = this.loop.submit(Mono.fromCallable(() -> {
			computes.countDown();
			int turns = 0;
			while (this.release.getCount() > 0) {
				turns++;
			}
			return turns;
		}));
		assertThat(computes.await(20, TimeUnit.SECONDS)).isTrue();
		CompletableFuture<Long> other = this.loop.withName("other").submit(Mono.fromSupplier(System::nanoTime));
		awaitReport();
		assertThat(other).isNotDone();
		assertThat(report(output)).containsPattern("in task 'product' at .*LoopWatchdogTests");
		long released = System.nanoTime();
		this.release.countDown();
		assertThat(hog.get(20, TimeUnit.SECONDS)).isNotNull();
		assertThat(other.get(20, TimeUnit.SECONDS)).isGreaterThanOrEqualTo(released);
		await().untilAsserted(() -> assertThat(output)
			.containsPattern("Loop 'loop-1' answers again after [0-9]+ms, for which it was in task 'product'"));
	}

	@Test
	void isSilentWithThresholdOfZeroButMeasures(CapturedOutput output) {
		LoopThread unwatched = new LoopThread(
				LoopSettings.defaults().withName("unwatched").withWatchdogThreshold(Duration.ZERO), List.of());
		// An application of another test may have turned it off, and all of it is to be
		// seen
		LoggingSystem logging = LoggingSystem.get(getClass().getClassLoader());
		logging.setLogLevel(LoopThread.class.getName(), LogLevel.INFO);
		try {
			unwatched.start();
			unwatched.eventLoopGroup().execute(this::block);
			await().until(() -> unwatched.lag().toMillis() > 700 && unwatched.blockedIn() != null);
			this.release.countDown();
			await().until(() -> unwatched.blockedIn() == null);
			unwatched.stop();
		}
		finally {
			logging.setLogLevel(LoopThread.class.getName(), null);
		}
		assertThat(output.getAll().lines()).filteredOn((line) -> line.contains("'unwatched-1'"))
			.isNotEmpty()
			.noneMatch((line) -> line.contains("answer"));
		assertThat(unwatched.stalls()).isZero();
		LoopThreads.assertNone("unwatched");
	}

	@Test
	void loopThatDoesNothingIsNotBusy() {
		this.loop.execute(Mono.just(1));
		await().until(() -> this.loopThread.busy() < 0.1 && this.loopThread.blockedIn() == null);
	}

	@Test
	void loopThatWorksWithoutBlockingIsBusyAndIsNotReported(CapturedOutput output) {
		WorkInSteps work = new WorkInSteps();
		CompletableFuture<Void> busy = this.loop.submit(Flux.range(0, Integer.MAX_VALUE)
			.concatMap((i) -> Mono.fromRunnable(work).subscribeOn(this.loopThread.scheduler()))
			.then());
		await().until(() -> work.duration().compareTo(THRESHOLD.multipliedBy(3)) > 0 && this.loopThread.busy() > 0.8);
		await().until(() -> this.loopThread.blockedIn() == null);
		busy.cancel(false);
		// Of a machine that has held the loop itself for so long it says so, and rightly
		assertThat(this.loopThread.stalls()).isLessThanOrEqualTo(work.longSteps());
		assertThat(output.getAll().split("Loop 'loop-1' has not answered", -1))
			.hasSizeLessThanOrEqualTo(1 + work.longSteps());
	}

	@Test
	void threadsAreNamedAfterLoop() {
		await().untilAsserted(() -> assertThat(LoopThreads.alive("loop")).containsExactly("loop-1", "loop-1-watchdog"));
		this.loopThread.stop();
		this.loopThread.start();
		await().untilAsserted(() -> assertThat(LoopThreads.alive("loop")).containsExactly("loop-2", "loop-2-watchdog"));
	}

	@Test
	void restartsLeaveNoWatchdog() {
		for (int i = 0; i < 100; i++) {
			this.loopThread.stop();
			this.loopThread.start();
		}
		await().untilAsserted(
				() -> assertThat(LoopThreads.alive("loop")).containsExactly("loop-101", "loop-101-watchdog"));
	}

	@Test
	void listenersThatThrowHarmNobody(CapturedOutput output) {
		List<String> told = new CopyOnWriteArrayList<>();
		LoopThread another = new LoopThread(LoopSettings.defaults().withWatchdogThreshold(THRESHOLD), List.of());
		another.addListener(new ThrowingListener());
		another.addListener(new ThrowingListener(told::add));
		another.start();
		another.eventLoopGroup().execute(this::block);
		await().until(() -> another.stalls() > 0);
		this.release.countDown();
		await().until(() -> told.contains("recovered"));
		another.stop();
		assertThat(told).contains("started", "answered", "stalled");
		assertThat(output).contains("A listener of the loop failed, which changes nothing for the loop");
	}

	@Test
	void listenerThatBlocksKeepsNoDeadlineFromPassing() throws Exception {
		CountDownLatch told = new CountDownLatch(1);
		this.loopThread.addListener(new LoopListener() {

			@Override
			public void stalled(LoopStall stall) {
				told.countDown();
				block();
			}

		});
		this.loopThread.eventLoopGroup().execute(this::block);
		assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
		CompletableFuture<String> future = this.loop.withTimeout(Duration.ofMillis(100)).submit(Mono.never());
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> future.get(10, TimeUnit.SECONDS))
			.withCauseInstanceOf(LoopTimeoutException.class);
		assertThat(this.release.getCount()).isOne();
	}

	@Test
	void listenerThatBlocksTheWatchdogHoldsUpNoCallerWhoWaits() throws Exception {
		CountDownLatch told = new CountDownLatch(1);
		this.loopThread.addListener(new LoopListener() {

			@Override
			public void answered(Duration lag) {
				told.countDown();
				block();
			}

		});
		assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(this.loop.execute(Mono.just(1))).isOne();
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.loop.withTimeout(Duration.ofMillis(50)).execute(Mono.never()));
		assertThat(this.release.getCount()).isOne();
	}

	private void callAndWait() {
		this.loop.execute(blocking());
	}

	/**
	 * Have the loop do what loads classes, which may take so long on a machine that is
	 * busy that what blocks the loop afterwards would not be reported on its own.
	 */
	private void loadClasses() {
		Mono<Long> task = Mono.delay(Duration.ofMillis(1), this.loopThread.scheduler());
		this.loop.execute(task.then(Mono.fromCallable(() -> 1)));
		try (LoopScope scope = this.loop.scope(); Stream<Integer> stream = this.loop.stream(Flux.just(1))) {
			assertThat(scope.fork(Mono.just(1)).get()).isOne();
			assertThat(stream).containsExactly(1);
		}
	}

	private void awaitReport() {
		await().until(() -> !reported().isEmpty());
	}

	/**
	 * Wait for the report in steps, and return how many there were since the loop was
	 * blocked. A pause of the machine makes one of them longer, and not more of them.
	 */
	private int stepsUntilReport() throws InterruptedException {
		assertThat(this.blocked.await(20, TimeUnit.SECONDS)).isTrue();
		AtomicInteger steps = new AtomicInteger();
		await().pollInterval(STEP).until(() -> {
			steps.incrementAndGet();
			return !reported().isEmpty();
		});
		return steps.get();
	}

	/**
	 * What was reported of this test, and not of a loop that had to wait for a processor.
	 */
	private List<LoopStall> reported() {
		return this.stalls.stream()
			.filter((stall) -> stall.frame() != null && stall.frame().contains("LoopWatchdogTests"))
			.toList();
	}

	/**
	 * The report as it is in the log: one entry of several lines.
	 */
	private static String report(CapturedOutput output) {
		String all = output.getAll();
		Matcher report = REPORT.matcher(all);
		assertThat(report.find()).isTrue();
		return all.substring(report.start());
	}

	private Mono<Integer> blocking() {
		return Mono.fromCallable(() -> {
			block();
			return 1;
		});
	}

	private void block() {
		this.blocked.countDown();
		try {
			this.release.await(20, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Work that lets the loop answer after each millisecond, and counts where it could
	 * not because of the machine.
	 */
	private static final class WorkInSteps implements Runnable {

		private final long start = System.nanoTime();

		private volatile long end = this.start;

		private volatile int longSteps;

		@Override
		public void run() {
			long begin = System.nanoTime();
			long now = begin;
			while (now - begin < 1_000_000) {
				Thread.onSpinWait();
				now = System.nanoTime();
			}
			if (now - this.end > THRESHOLD.minus(STEP).toNanos()) {
				this.longSteps = this.longSteps + 1;
			}
			this.end = now;
		}

		Duration duration() {
			return Duration.ofNanos(this.end - this.start);
		}

		int longSteps() {
			return this.longSteps;
		}

	}

	private static final class ThrowingListener implements LoopListener {

		private final Consumer<String> told;

		ThrowingListener() {
			this((event) -> {
				throw new IllegalStateException(event);
			});
		}

		ThrowingListener(Consumer<String> told) {
			this.told = told;
		}

		@Override
		public void started() {
			this.told.accept("started");
		}

		@Override
		public void answered(Duration lag) {
			this.told.accept("answered");
		}

		@Override
		public void stalled(LoopStall stall) {
			this.told.accept("stalled");
		}

		@Override
		public void recovered(LoopStall stall) {
			this.told.accept("recovered");
		}

	}

}
