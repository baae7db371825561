package io.github.loopthread.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import io.github.loopthread.LoopInterruptedException;
import io.github.loopthread.LoopOverloadedException;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * More calls than a loop takes at once: those beyond the limit are refused, and those
 * within it do not suffer. The short form runs by default; the profile {@code proof}
 * makes it one of a minute.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class OverloadTests {

	private static final int FACTOR = Integer.getInteger("storm.factor", 1);

	private static final Duration DURATION = (FACTOR > 1) ? Duration.ofMinutes(1) : Duration.ofSeconds(1);

	private static final int MAX_ROUNDS = (FACTOR > 1) ? 5 : 30;

	private static final int LIMIT = 100;

	private static final Duration TASK = Duration.ofMillis(200);

	// What the limit allows for, and ten times as much
	private static final double CAPACITY = LIMIT / (TASK.toMillis() / 1000.0);

	private static final double OFFERED = 10 * CAPACITY;

	private static final long MAX_P99 = TASK.toMillis() + 2000;

	private static final long HEAP_NOISE = 16 << 20;

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults().withMaxConcurrentTasks(LIMIT),
			List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	private final Queue<Long> latencies = new ConcurrentLinkedQueue<>();

	private int refused;

	private int mostPending;

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void stop() {
		this.loopThread.stop();
	}

	@Test
	@DisplayName("I4 ten times the load")
	void tenTimesTheLoadLeavesWhatTheLimitAllowsFor() {
		overload();
		long heap = usedHeap();
		double goodput = 0;
		double p99 = 0;
		// A machine that is busy with other things may spoil some rounds, a loss all
		for (int round = 0; round < MAX_ROUNDS && (goodput < 0.9 || p99 >= MAX_P99); round++) {
			goodput = overload();
			p99 = p99();
		}
		long growth = usedHeap() - heap;
		System.out.printf(
				"Ten times the load: %.0f %% of the capacity in values, %d refused, p99 %.0f ms for a task of %d ms, "
						+ "at most %d pending, heap %+d KB%n",
				100 * goodput, this.refused, p99, TASK.toMillis(), this.mostPending, growth / 1024);
		assertThat(goodput).isBetween(0.9, 1.01);
		assertThat(this.refused).isGreaterThan(this.latencies.size());
		assertThat(p99).isLessThan(MAX_P99);
		// One step for each task, and the watchdog's question
		assertThat(this.mostPending).isLessThanOrEqualTo(LIMIT + 10);
		assertThat(growth).isLessThan(HEAP_NOISE);
	}

	@Test
	@DisplayName("I6 greedy callers")
	void callersBeyondTheLimitAreRefusedAndNotQueued() throws Exception {
		AtomicInteger running = new AtomicInteger();
		AtomicInteger most = new AtomicInteger();
		Mono<Long> task = Mono.delay(TASK.dividedBy(100), this.loopThread.scheduler()).doOnSubscribe((subscription) -> {
			most.accumulateAndGet(running.incrementAndGet(), Math::max);
		}).doFinally((signal) -> running.decrementAndGet());
		List<CompletableFuture<Long>> kept = Stream.generate(() -> this.loop.submit(Mono.<Long>never()))
			.limit(LIMIT - 5)
			.toList();
		List<Caller> callers = Stream.generate(() -> new Caller(task)).limit(10).toList();
		callers.forEach(Thread::start);
		await().atMost(Duration.ofMinutes(1)).until(() -> callers.stream().allMatch((caller) -> caller.accepted > 100));
		callers.forEach(Thread::interrupt);
		for (Caller caller : callers) {
			caller.join(20_000);
			assertThat(caller.isAlive()).isFalse();
		}
		kept.forEach((call) -> call.cancel(false));
		System.out.printf("Ten callers, five places: %s%n", callers);
		assertThat(most.get()).isBetween(1, 5);
		assertThat(callers.stream().mapToInt((caller) -> caller.refused).sum()).isPositive();
	}

	/**
	 * Bring tasks at a rate that does not ask how many are accepted.
	 * @return how much of the work within the limit was done, as a share of the capacity
	 */
	private double overload() {
		this.latencies.clear();
		List<CompletableFuture<?>> accepted = new ArrayList<>();
		Mono<Long> task = Mono.delay(TASK, this.loopThread.scheduler());
		long start = System.nanoTime();
		long brought = 0;
		double done = 0;
		for (long elapsed = 0; elapsed < DURATION.toNanos(); elapsed = System.nanoTime() - start) {
			for (; brought < OFFERED * elapsed / 1e9; brought++) {
				if (bring(task, accepted)) {
					// Of a task that ends after the round, the part before that counts
					done += Math.min(1, (double) (DURATION.toNanos() - elapsed) / TASK.toNanos());
				}
			}
			this.mostPending = Math.max(this.mostPending, this.loopThread.pendingTasks());
			LockSupport.parkNanos(1_000_000);
		}
		assertThat(accepted).allSatisfy((call) -> assertThat(call).succeedsWithin(DefaultClient.LONG));
		return done / (CAPACITY * DURATION.toMillis() / 1000);
	}

	private double p99() {
		List<Long> sorted = this.latencies.stream().sorted().toList();
		return sorted.get(sorted.size() * 99 / 100) / 1e6;
	}

	private boolean bring(Mono<Long> task, List<CompletableFuture<?>> accepted) {
		long begin = System.nanoTime();
		try {
			accepted.add(this.loop.submit(task).thenRun(() -> this.latencies.add(System.nanoTime() - begin)));
			return true;
		}
		catch (LoopOverloadedException ex) {
			this.refused++;
			return false;
		}
	}

	private static long usedHeap() {
		System.gc();
		return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
	}

	/**
	 * Calls as often as it can until it is interrupted.
	 */
	private final class Caller extends Thread {

		private final Mono<?> task;

		// Written by this thread, read by the test
		private volatile int accepted;

		private volatile int refused;

		Caller(Mono<?> task) {
			this.task = task;
		}

		@Override
		public void run() {
			int accepted = 0;
			int refused = 0;
			while (!isInterrupted()) {
				try {
					OverloadTests.this.loop.execute(this.task);
					this.accepted = ++accepted;
				}
				catch (LoopOverloadedException ex) {
					this.refused = ++refused;
					LockSupport.parkNanos(500_000);
				}
				catch (LoopInterruptedException ex) {
					return;
				}
			}
		}

		@Override
		public String toString() {
			return "%d accepted and %d refused".formatted(this.accepted, this.refused);
		}

	}

}
