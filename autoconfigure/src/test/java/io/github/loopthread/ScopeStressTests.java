package io.github.loopthread;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.core.task.SimpleAsyncTaskExecutor;

import io.github.loopthread.Fork.Outcome;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Scopes with many forks, and many scopes: none hangs, and nothing runs afterwards. The
 * short form runs by default; the profile {@code proof} makes it a long one.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class ScopeStressTests {

	private static final int FACTOR = Integer.getInteger("storm.factor", 1);

	private static final Duration LONG = Duration.ofSeconds(20);

	private final AtomicInteger started = new AtomicInteger();

	private final AtomicInteger ended = new AtomicInteger();

	private final AtomicInteger startedTooLate = new AtomicInteger();

	private final LoopThread loopThread = new LoopThread(
			LoopSettings.defaults().withMaxConcurrentTasks(2000).withDrainTimeout(Duration.ofMillis(5)), List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, LONG);

	@AfterEach
	void leavesNothingRunning() {
		try {
			await().untilAsserted(() -> assertThat(this.loopThread.activeTasks()).isZero());
			assertThat(this.ended).hasValue(this.started.get());
			assertThat(this.startedTooLate).hasValue(0);
			assertThat(this.loopThread.openScopes()).isZero();
		}
		finally {
			this.loopThread.stop();
		}
	}

	@ParameterizedTest
	@EnumSource
	void forksBeforeAndAfterCancellation(Cancellation cancellation) {
		assertThat(onThread(false, () -> grid(cancellation, cancellation.times * FACTOR)))
			.succeedsWithin(Duration.ofMinutes(20))
			.isEqualTo(256 * cancellation.times * FACTOR);
	}

	@ParameterizedTest
	@EnumSource
	@EnabledForJreRange(min = JRE.JAVA_21)
	void forksBeforeAndAfterCancellationOnVirtualThread(Cancellation cancellation) {
		assertThat(onThread(true, () -> grid(cancellation, 10 * FACTOR))).succeedsWithin(Duration.ofMinutes(20))
			.isEqualTo(2560 * FACTOR);
	}

	@Test
	void thousandForksInOneScope() {
		this.loopThread.start();
		Sinks.One<String> answer = Sinks.one();
		try (LoopScope scope = this.loop.scope()) {
			for (int i = 0; i < 1000; i++) {
				int number = i;
				scope.fork(answer.asMono().map((value) -> number));
			}
			assertThat(this.loopThread.activeTasks()).isEqualTo(1000);
			answer.tryEmitValue("answer");
			scope.joinOrThrow();
			List<Integer> numbers = new ArrayList<>();
			for (Fork<?> fork : scope.join()) {
				numbers.add((Integer) fork.get());
			}
			assertThat(numbers).hasSize(1000).isSorted().doesNotHaveDuplicates();
		}
	}

	@Test
	void thousandForksAreCancelledAtOnce() {
		this.loopThread.start();
		List<Fork<?>> forks = new ArrayList<>();
		try (LoopScope scope = this.loop.scope()) {
			for (int i = 0; i < 1000; i++) {
				forks.add(scope.fork(running()));
			}
			forks.add(scope.fork(Mono.error(new IllegalStateException("broken"))));
			assertThatExceptionOfType(IllegalStateException.class).isThrownBy(scope::joinOrThrow).withMessage("broken");
		}
		assertThat(forks.subList(0, 1000)).extracting(Fork::outcome).containsOnly(Outcome.CANCELLED);
	}

	@Test
	void everyForkHasItsOutcomeAcrossStopsAndStarts() throws Exception {
		this.loopThread.start();
		Map<Outcome, LongAdder> outcomes = new EnumMap<>(Outcome.class);
		for (Outcome outcome : Outcome.values()) {
			outcomes.put(outcome, new LongAdder());
		}
		long seed = System.nanoTime();
		AtomicBoolean over = new AtomicBoolean();
		LongAdder scopes = new LongAdder();
		List<CompletableFuture<Integer>> owners = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			Random random = new Random(seed + i);
			owners.add(onThread(false, () -> {
				int forks = 0;
				while (!over.get()) {
					List<Fork<?>> ended = endSomehow(random);
					ended.forEach((fork) -> outcomes.get(fork.outcome()).increment());
					forks += ended.size();
					scopes.increment();
				}
				return forks;
			}));
		}
		int cycles = 20 * FACTOR;
		for (int i = 0; i < cycles; i++) {
			long before = scopes.sum();
			await().pollInSameThread().pollInterval(Duration.ofMillis(1)).until(() -> scopes.sum() > before + 100);
			this.loopThread.stop();
			this.loopThread.start();
		}
		over.set(true);
		long forks = 0;
		for (CompletableFuture<Integer> owner : owners) {
			assertThat(owner).succeedsWithin(LONG);
			forks += owner.join();
		}
		System.out.printf("Scopes across %d stops and starts, seed %d: %s in %s scopes%n", cycles, seed, outcomes,
				scopes);
		assertThat(outcomes.values().stream().mapToLong(LongAdder::sum).sum()).isEqualTo(forks);
		assertThat(outcomes.remove(Outcome.RUNNING).sum()).isZero();
		assertThat(outcomes.values()).allMatch((count) -> count.sum() > 0);
	}

	/**
	 * Run a scope for each combination of forks before and after its cancellation.
	 * @return the number of scopes
	 */
	private int grid(Cancellation cancellation, int times) {
		this.loopThread.start();
		int scopes = 0;
		for (int before = 0; before < 16; before++) {
			for (int after = 0; after < 16; after++) {
				for (int i = 0; i < times; i++) {
					cancelAmid(cancellation, before, after);
					scopes++;
				}
			}
			await().pollInSameThread().until(() -> this.loopThread.activeTasks() == 0);
			assertThat(this.ended).hasValue(this.started.get());
		}
		return scopes;
	}

	private void cancelAmid(Cancellation cancellation, int before, int after) {
		try (LoopScope scope = this.loop.scope()) {
			for (int i = 0; i < before; i++) {
				scope.fork(running());
			}
			cancellation.cancel(scope);
			for (int i = 0; i < after; i++) {
				scope.fork(Mono.fromRunnable(this.startedTooLate::incrementAndGet));
			}
			List<Fork<?>> forks = scope.join();
			assertThat(forks).hasSize(before + 1 + after);
			for (int i = 0; i < forks.size(); i++) {
				assertThat(forks.get(i).outcome()).isEqualTo((i != before) ? Outcome.CANCELLED : cancellation.trigger);
			}
		}
	}

	private List<Fork<?>> endSomehow(Random random) {
		LoopTemplate template = this.loop
			.withTimeout((random.nextInt(4) == 0) ? Duration.ofMillis(1) : Duration.ofMillis(100));
		List<Fork<?>> forks = new ArrayList<>();
		try (LoopScope scope = template.scope()) {
			int count = random.nextInt(8);
			for (int i = 0; i < count; i++) {
				forks.add(switch (random.nextInt(4)) {
					case 0 -> scope.fork(Mono.just("value"));
					case 1 -> scope.fork(running());
					case 2 -> scope
						.fork(Mono.delay(Duration.ofNanos(random.nextInt(2_000_000)), this.loopThread.scheduler()));
					default -> scope.fork((random.nextInt(4) > 0) ? Mono.empty()
							: Mono.error(new IllegalArgumentException("expected")));
				});
			}
			switch (random.nextInt(6)) {
				case 0 -> scope.joinOrThrow();
				case 1 -> scope.first();
				case 2 -> scope.join();
				case 3 -> Thread.currentThread().interrupt();
				case 4 -> forks.forEach(Fork::toOptional);
				default -> {
				}
			}
			if (Thread.currentThread().isInterrupted() && !forks.isEmpty()) {
				scope.join();
			}
		}
		catch (LoopNotRunningException | LoopTimeoutException | LoopForksFailedException | LoopInterruptedException
				| CancellationException | IllegalArgumentException ex) {
			// One of the ends that are to be had here
		}
		catch (IllegalStateException ex) {
			assertThat(ex).hasMessageContaining("has no fork that could be the first");
		}
		finally {
			// The next scope is another caller's
			Thread.interrupted();
		}
		return forks;
	}

	/**
	 * Return what never ends by itself.
	 */
	private Mono<String> running() {
		return Mono.<String>never()
			.doOnSubscribe((subscription) -> this.started.incrementAndGet())
			.doOnCancel(this.ended::incrementAndGet);
	}

	private static <T> CompletableFuture<T> onThread(boolean virtual, Callable<T> owner) {
		SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor("owner-");
		executor.setVirtualThreads(virtual);
		return executor.submitCompletable(owner);
	}

	/**
	 * Ways to cancel a scope, each with a fork that brings it about.
	 */
	enum Cancellation {

		JOIN_OR_THROW(Outcome.FAILED, 100) {

			@Override
			void cancel(LoopScope scope) {
				IllegalStateException failure = new IllegalStateException("expected");
				scope.fork(Mono.error(failure));
				assertThatExceptionOfType(IllegalStateException.class).isThrownBy(scope::joinOrThrow).isSameAs(failure);
			}

		},

		FIRST(Outcome.SUCCESS, 20) {

			@Override
			void cancel(LoopScope scope) {
				scope.fork(Mono.just("first"));
				String first = scope.first();
				assertThat(first).isEqualTo("first");
			}

		};

		private final Outcome trigger;

		private final int times;

		Cancellation(Outcome trigger, int times) {
			this.trigger = trigger;
			this.times = times;
		}

		abstract void cancel(LoopScope scope);

	}

}
