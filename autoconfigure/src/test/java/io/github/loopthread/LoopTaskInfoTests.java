package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.core.task.SimpleAsyncTaskExecutor;

import io.github.loopthread.LoopTaskInfo.State;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopThread#tasks()} and {@link LoopThread#waitingCallers()}.
 */
@Timeout(60)
class LoopTaskInfoTests {

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ZERO),
			List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(30));

	private final Sinks.One<Integer> end = Sinks.one();

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void stop() {
		this.loopThread.stop();
	}

	@Test
	void taskIsQueuedUntilLoopComesToItAlsoWhenThatIsBlocked() {
		try (LoopFreezer frozen = LoopFreezer.freeze(this.loopThread)) {
			this.loop.withName("queued").submit(Mono.never());
			assertThat(this.loopThread.tasks()).singleElement().satisfies((task) -> {
				assertThat(task.name()).isEqualTo("queued");
				assertThat(task.state()).isEqualTo(State.QUEUED);
				assertThat(task.age()).isBetween(Duration.ZERO, Duration.ofSeconds(30));
				assertThat(task.timeLeft()).isBetween(Duration.ZERO, Duration.ofSeconds(30));
				assertThat(task.callerThread()).isEqualTo(Thread.currentThread().getName());
				assertThat(task.callerWaits()).isFalse();
				assertThat(task.callerWork()).isNull();
				assertThat(task.waitsFor()).isEmpty();
			});
			assertThat(this.loopThread.pendingTasks()).isPositive();
			assertThat(frozen).isNotNull();
		}
		await().untilAsserted(() -> assertThat(this.loopThread.tasks()).extracting(LoopTaskInfo::state)
			.containsExactly(State.RUNNING));
	}

	@Test
	void taskIsCancellingWhenItsCallerHasItsOutcomeAndItHasNotEnded() {
		CompletableFuture<Integer> stage = new CompletableFuture<>() {

			@Override
			public boolean cancel(boolean mayInterruptIfRunning) {
				return false;
			}

		};
		CompletableFuture<Integer> future = this.loop.submit(() -> stage);
		await().until(() -> this.loopThread.tasks().get(0).state() == State.RUNNING);
		future.cancel(false);
		await().untilAsserted(() -> assertThat(this.loopThread.tasks()).extracting(LoopTaskInfo::state)
			.containsExactly(State.CANCELLING));
		stage.complete(1);
		await().until(() -> this.loopThread.tasks().isEmpty());
	}

	@Test
	void saysWhatTaskWaitsForAndWhatItsCallerDoes() {
		this.loopThread.describeCallersWith(() -> "GET /products/7");
		this.loop.submit(Mono.deferContextual((context) -> {
			LoopBoundary.of(context).began("GET upstream");
			return this.end.asMono();
		}));
		await().untilAsserted(() -> assertThat(this.loopThread.tasks()).singleElement().satisfies((task) -> {
			assertThat(task.waitsFor()).containsExactly("GET upstream");
			assertThat(task.callerWork()).isEqualTo("GET /products/7");
		}));
	}

	@Test
	void workThatCannotBeToldSpoilsNothing() {
		this.loopThread.describeCallersWith(() -> new Object() {

			@Override
			public String toString() {
				throw new IllegalStateException("recycled");
			}

		});
		this.loop.submit(Mono.never());
		assertThat(this.loopThread.tasks()).extracting(LoopTaskInfo::callerWork)
			.containsExactly("java.lang.IllegalStateException");
		this.loopThread.describeCallersWith(() -> {
			throw new AssertionError("not to be had");
		});
		this.loop.submit(Mono.never());
		assertThat(this.loopThread.tasks()).extracting(LoopTaskInfo::callerWork)
			.containsExactly("java.lang.IllegalStateException", null);
	}

	@Test
	void tasksAreInTheOrderInWhichTheyCame() {
		List<String> names = Stream.iterate(0, (i) -> i + 1).limit(200).map((i) -> "task " + i).toList();
		names.forEach((name) -> this.loop.withName(name).submit(Mono.never()));
		assertThat(this.loopThread.tasks()).extracting(LoopTaskInfo::name).containsExactlyElementsOf(names);
	}

	@Test
	void ageOfForkIsItsOwnAndItsTimeThatOfTheScope() {
		try (LoopScope scope = this.loop.withTimeout(Duration.ofSeconds(20)).scope()) {
			long opened = System.nanoTime();
			await().pollDelay(Duration.ofMillis(50)).until(() -> true);
			long forked = System.nanoTime();
			scope.fork(Mono.never());
			LoopTaskInfo fork = this.loopThread.tasks().get(0);
			assertThat(fork.age()).isLessThanOrEqualTo(Duration.ofNanos(System.nanoTime() - forked));
			assertThat(fork.timeLeft())
				.isLessThanOrEqualTo(Duration.ofSeconds(20).minus(Duration.ofNanos(forked - opened)));
		}
	}

	@Test
	void streamHasNoTimeLeftToTell() {
		try (Stream<Integer> stream = this.loop.withName("stream").stream(Flux.never())) {
			assertThat(this.loopThread.tasks()).singleElement().satisfies((task) -> {
				assertThat(task.name()).isEqualTo("stream");
				assertThat(task.timeLeft()).isNull();
				assertThat(task.callerWaits()).isFalse();
			});
			assertThat(stream).isNotNull();
		}
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void virtualThreadsWithoutNameHaveTheirNumber() {
		SimpleAsyncTaskExecutor threads = new SimpleAsyncTaskExecutor("");
		threads.setVirtualThreads(true);
		CompletableFuture<Long> id = new CompletableFuture<>();
		threads.execute(() -> {
			Thread.currentThread().setName("");
			id.complete(threadId());
			this.loop.execute(this.end.asMono());
		});
		await().untilAsserted(() -> assertThat(this.loopThread.tasks()).extracting(LoopTaskInfo::callerThread)
			.containsExactly("#" + id.join()));
		this.end.tryEmitValue(1);
	}

	@Test
	void everyKindOfWaitingCallerIsCounted() throws Exception {
		assertThat(this.loopThread.waitingCallers()).isZero();
		List<Runnable> waits = List.of(() -> this.loop.withName("execute").execute(this.end.asMono()), () -> {
			try (LoopScope scope = this.loop.scope()) {
				scope.fork("get", this.end.asMono()).get();
			}
		}, () -> {
			try (LoopScope scope = this.loop.scope()) {
				scope.fork("join", this.end.asMono());
				scope.join();
			}
		}, () -> {
			try (Stream<Integer> stream = this.loop.withName("stream").stream(this.end.asMono().flux())) {
				assertThat(stream).containsExactly(1);
			}
		}, () -> {
			try (LoopLease<Integer> lease = this.loop.withName("lease")
				.open(this.end.asMono(), (value) -> Mono.empty())) {
				assertThat(lease.get()).isOne();
			}
		}, () -> this.loop.withName("future").submit(this.end.asMono()).join());
		List<Thread> callers = waits.stream().map(Thread::new).toList();
		callers.forEach(Thread::start);
		this.loop.withName("nobody").submit(this.end.asMono());
		await().untilAsserted(() -> {
			assertThat(this.loopThread.waitingCallers()).isEqualTo(waits.size());
			assertThat(this.loopThread.tasks()).filteredOn(LoopTaskInfo::callerWaits)
				.extracting(LoopTaskInfo::name)
				.containsExactlyInAnyOrder("execute", "get", "join", "stream", "lease", "future");
		});
		this.end.tryEmitValue(1);
		for (Thread caller : callers) {
			caller.join(20_000);
			assertThat(caller.isAlive()).isFalse();
		}
		await().untilAsserted(() -> assertThat(this.loopThread.waitingCallers()).isZero());
		await().untilAsserted(() -> assertThat(this.loopThread.tasks()).isEmpty());
	}

	@SuppressWarnings("deprecation")
	private static long threadId() {
		return Thread.currentThread().getId();
	}

}
