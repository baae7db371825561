package io.github.loopthread.faults;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.netty.util.internal.InternalThreadLocalMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopOverloadedException;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

/**
 * What is still there of calls that have ended: nothing.
 */
@Timeout(60)
class RetainedObjectsTests {

	private static final int LIMIT = 1000;

	private final LoopThread loopThread = new LoopThread(
			LoopSettings.defaults().withMaxConcurrentTasks(LIMIT).withDrainTimeout(Duration.ZERO), List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofHours(1));

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void stop() {
		this.loopThread.stop();
	}

	@Test
	@DisplayName("D9 100,000 timeouts armed and cancelled")
	void timeoutOfTaskThatHasEndedIsForgotten() {
		List<WeakReference<?>> ended = new ArrayList<>();
		for (int i = 0; i < 100_000; i++) {
			CompletableFuture<?> task = this.loop.submit(Mono.never());
			task.cancel(false);
			if (i % 100 == 0) {
				ended.add(new WeakReference<>(task));
			}
			while (this.loopThread.activeTasks() > LIMIT / 2) {
				Thread.onSpinWait();
			}
		}
		await().until(() -> this.loopThread.activeTasks() == 0);
		assertAreCollected(ended);
	}

	@Test
	@DisplayName("M4 a source without end that is shared")
	void sharedSourceKeepsNothingOfThoseWhoWaitedForIt() {
		Mono<String> cached = Mono.<String>never().cache();
		Sinks.One<String> sink = Sinks.one();
		Sinks.Many<String> many = Sinks.many().multicast().directBestEffort();
		CompletableFuture<String> stage = new CompletableFuture<>();
		List<Function<LoopTemplate, CompletableFuture<String>>> calls = List.of((loop) -> loop.submit(cached),
				(loop) -> loop.submit(sink.asMono()), (loop) -> loop.submit(many.asFlux().next()),
				(loop) -> loop.submit(stage::copy));
		LoopTemplate shortly = this.loop.withTimeout(Duration.ofMillis(1));
		List<WeakReference<?>> ended = new ArrayList<>();
		for (int i = 0; i < 10_000; i++) {
			CompletableFuture<String> waiting = calls.get(i % calls.size()).apply(shortly);
			ended.add(new WeakReference<>(waiting));
			if (i % LIMIT == LIMIT - 1) {
				await().until(() -> this.loopThread.activeTasks() == 0);
			}
		}
		assertThat(sink.currentSubscriberCount()).isZero();
		assertThat(many.currentSubscriberCount()).isZero();
		assertAreCollected(ended);
		assertThat(stage).isNotDone();
	}

	@Test
	@DisplayName("M5 thread-locals of Netty's")
	void templatesScopesAndRestartsTakeNoFurtherPlaceInThreadLocals() {
		useEverything();
		int places = InternalThreadLocalMap.lastVariableIndex();
		for (int i = 0; i < 10_000; i++) {
			new LoopTemplate(this.loopThread, Duration.ofSeconds(20)).withName("template").execute(Mono.empty());
		}
		for (int i = 0; i < 20; i++) {
			this.loopThread.stop();
			this.loopThread.start();
			useEverything();
		}
		assertThat(InternalThreadLocalMap.lastVariableIndex()).isEqualTo(places);
	}

	@Test
	@DisplayName("M7 exceptions that are kept")
	void everyCallerHasAnExceptionOfItsOwn() {
		assertIsFresh(LoopTimeoutException.class,
				() -> this.loop.withTimeout(Duration.ofNanos(1)).execute(Mono.never()));
		await().until(() -> this.loopThread.activeTasks() == 0);
		Stream.generate(() -> this.loop.submit(Mono.never())).limit(LIMIT).forEach((task) -> {
		});
		assertIsFresh(LoopOverloadedException.class, () -> this.loop.execute(Mono.empty()));
		this.loopThread.stop();
		assertIsFresh(LoopNotRunningException.class, () -> this.loop.execute(Mono.empty()));
	}

	private void useEverything() {
		try (LoopScope scope = this.loop.scope(); Stream<Integer> stream = this.loop.stream(Mono.just(1).flux())) {
			scope.fork(Mono.empty());
			scope.join();
			assertThat(stream).containsExactly(1);
		}
		this.loop.open(Mono.just("lease"), (lease) -> Mono.empty()).close();
		this.loop.execute(Mono.delay(Duration.ofMillis(1), this.loopThread.scheduler()));
	}

	private static <T extends Exception> void assertIsFresh(Class<T> type, Supplier<?> call) {
		T first = catchThrowableOfType(type, call::get);
		T second = catchThrowableOfType(type, call::get);
		assertThat(first).isExactlyInstanceOf(type).isNotSameAs(second);
		assertThat(second.getStackTrace())
			.anySatisfy((frame) -> assertThat(frame.getClassName()).isEqualTo(RetainedObjectsTests.class.getName()));
	}

	private static void assertAreCollected(List<WeakReference<?>> references) {
		await().atMost(20, TimeUnit.SECONDS).pollInterval(Duration.ofMillis(50)).untilAsserted(() -> {
			System.gc();
			assertThat(references).filteredOn((reference) -> reference.get() != null).isEmpty();
		});
	}

}
