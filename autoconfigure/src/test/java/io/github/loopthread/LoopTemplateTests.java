package io.github.loopthread;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.UndeclaredThrowableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.publisher.PublisherProbe;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.NestedRuntimeException;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.TaskRejectedException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopTemplate}. Read from top to bottom, the names say what it
 * promises.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class LoopTemplateTests {

	private static final Duration SHORT = Duration.ofMillis(50);

	private final LoopThread loopThread = new LoopThread(
			LoopSettings.defaults().withMaxConcurrentTasks(100).withDrainTimeout(Duration.ZERO), List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void stopAndLeaveNothing() {
		await().untilAsserted(() -> assertThat(this.loopThread.activeTasks()).isZero());
		this.loopThread.stop();
		LoopThreads.assertNone("loop");
	}

	@Test
	void returnsValue() {
		assertThat(this.loop.execute(Mono.just("value"))).isEqualTo("value");
	}

	@Test
	void returnsNullForEmptyMono() {
		assertThat(this.loop.<String>execute(Mono.empty())).isNull();
	}

	@Test
	void futureOfEmptyMonoCompletesWithNull() {
		assertThat(this.loop.<String>submit(Mono.empty())).succeedsWithin(Duration.ofSeconds(20)).isNull();
	}

	@Test
	void runsTaskOnLoopThread() {
		assertThat(this.loop.execute(Mono.fromCallable(() -> Thread.currentThread().getName()))).isEqualTo("loop-1");
	}

	@Test
	void resumesOnLoopThreadAfterAsynchronousStep() {
		Mono<String> task = Mono.delay(Duration.ofMillis(5), this.loopThread.scheduler())
			.map((tick) -> Thread.currentThread().getName());
		assertThat(this.loop.execute(task)).isEqualTo("loop-1");
	}

	@Test
	void returnsValueOfTaskThatEndsOnAnotherThread() {
		Mono<String> task = Mono.fromSupplier(() -> Thread.currentThread().getName())
			.subscribeOn(Schedulers.boundedElastic());
		assertThat(this.loop.execute(task)).startsWith("boundedElastic-");
	}

	@Test
	void tasksTakeTurnsOnLoop() {
		Sinks.One<String> first = Sinks.one();
		Sinks.One<String> second = Sinks.one();
		CompletableFuture<String> waiting = this.loop
			.submit(first.asMono().doOnNext((value) -> second.tryEmitValue(value + ", second")).thenReturn("third"));
		this.loop.execute(Mono.fromRunnable(() -> first.tryEmitValue("first")));
		assertThat(this.loop.execute(second.asMono())).isEqualTo("first, second");
		assertThat(waiting).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("third");
	}

	@Test
	void tasksOfManyCallersOverlap() {
		AtomicInteger running = new AtomicInteger();
		Sinks.One<String> allRun = Sinks.one();
		Mono<String> task = Mono.defer(() -> {
			if (running.incrementAndGet() == 10) {
				allRun.tryEmitValue("all run");
			}
			return allRun.asMono();
		});
		List<CompletableFuture<String>> callers = IntStream.range(0, 10)
			.mapToObj((i) -> onThreadOfItsOwn(() -> this.loop.execute(task)))
			.toList();
		assertThat(callers)
			.allSatisfy((caller) -> assertThat(caller).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("all run"));
	}

	@Test
	void acceptsCompletionStage() {
		CompletableFuture<String> stage = new CompletableFuture<>();
		CompletableFuture<String> result = this.loop.submit(() -> stage.minimalCompletionStage());
		stage.complete("value");
		assertThat(result.join()).isEqualTo("value");
	}

	@Test
	void acceptsStageThatHasCompleted() {
		assertThat(this.loop.execute(() -> CompletableFuture.completedStage("value"))).isEqualTo("value");
		assertThat(this.loop.execute(() -> CompletableFuture.<String>completedStage(null))).isNull();
	}

	@Test
	void callsSupplierOnLoopThread() {
		assertThat(this.loop.execute(() -> CompletableFuture.completedStage(this.loopThread.inLoop()))).isTrue();
	}

	@Test
	void rethrowsRuntimeExceptionAsSameInstance() {
		IllegalArgumentException failure = new IllegalArgumentException("broken");
		assertThatExceptionOfType(IllegalArgumentException.class)
			.isThrownBy(() -> this.loop.execute(Mono.error(failure)))
			.isSameAs(failure);
	}

	@Test
	void rethrowsCompletionAndCancellationExceptionsOfTaskAsSameInstance() {
		for (RuntimeException failure : List.of(new CompletionException("own", new IOException("cause")),
				new CancellationException("own"))) {
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> this.loop.execute(Mono.error(failure)))
				.isSameAs(failure);
		}
	}

	@Test
	void rethrowsErrorAsSameInstance() {
		AssertionError failure = new AssertionError("broken");
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> this.loop.execute(Mono.error(failure)))
			.isSameAs(failure);
	}

	@Test
	void wrapsCheckedException() {
		IOException failure = new IOException("broken");
		assertThatExceptionOfType(UndeclaredThrowableException.class)
			.isThrownBy(() -> this.loop.execute(Mono.error(failure)))
			.havingCause()
			.isSameAs(failure);
	}

	@Test
	void wrapsCheckedExceptionThrownBySupplier() {
		IOException failure = new IOException("broken");
		assertThatExceptionOfType(UndeclaredThrowableException.class)
			.isThrownBy(() -> this.loop.execute(supplierThatThrows(failure)))
			.havingCause()
			.isSameAs(failure);
		assertThat(failure.getSuppressed()).singleElement()
			.satisfies((marker) -> assertThat(marker.getStackTrace())
				.anySatisfy((frame) -> assertThat(frame.getClassName()).isEqualTo(getClass().getName())));
	}

	@Test
	void failsWhenSupplierThrows() {
		IllegalStateException failure = new IllegalStateException("broken");
		Supplier<CompletableFuture<String>> supplier = () -> {
			throw failure;
		};
		assertThatIllegalStateException().isThrownBy(() -> this.loop.execute(supplier)).isSameAs(failure);
	}

	@Test
	void takesFailureOfStageOutOfWrapperOfTheJdk() {
		IllegalStateException failure = new IllegalStateException("broken");
		assertThatIllegalStateException().isThrownBy(
				() -> this.loop.execute(() -> CompletableFuture.<String>failedFuture(failure).thenApply(String::trim)))
			.isSameAs(failure);
		CompletionException own = new CompletionException("own", null);
		assertThatExceptionOfType(CompletionException.class)
			.isThrownBy(() -> this.loop.execute(() -> CompletableFuture.failedStage(own)))
			.isSameAs(own);
	}

	@Test
	void failsWhenStageDoesNotLetItselfBeListenedTo() {
		IllegalStateException failure = new IllegalStateException("broken");
		CompletableFuture<String> stage = new CompletableFuture<>() {

			@Override
			public CompletableFuture<String> whenComplete(
					BiConsumer<? super @Nullable String, ? super @Nullable Throwable> action) {
				throw failure;
			}

		};
		assertThatIllegalStateException().isThrownBy(() -> this.loop.execute(() -> stage)).isSameAs(failure);
	}

	@Test
	void failsWhenSupplierReturnsNull() {
		assertThatIllegalStateException().isThrownBy(() -> this.loop.execute(() -> (CompletableFuture<String>) null))
			.withMessageContaining("returned null");
	}

	@Test
	void failsAtOnceWithFatalErrorThrownAtSubscription() {
		NoClassDefFoundError failure = new NoClassDefFoundError("missing");
		Mono<String> task = new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super String> actual) {
				throw failure;
			}

		};
		assertThatExceptionOfType(NoClassDefFoundError.class).isThrownBy(() -> this.loop.execute(task))
			.isSameAs(failure);
		assertThat(this.loop.execute(Mono.just("alive"))).isEqualTo("alive");
	}

	@ParameterizedTest
	@ValueSource(classes = { StackOverflowError.class, OutOfMemoryError.class, NoClassDefFoundError.class,
			ThreadDeath.class, AssertionError.class })
	void errorThrownBySupplierReachesCallerAtOnceAndLoopSurvives(Class<? extends Error> type) throws Exception {
		Error failure = type.getConstructor().newInstance();
		assertThatExceptionOfType(type)
			.isThrownBy(() -> this.loop.withoutTimeout().execute(supplierThatThrows(failure)))
			.isSameAs(failure);
		assertThat(this.loop.execute(Mono.fromSupplier(() -> Thread.currentThread().getName()))).isEqualTo("loop-1");
	}

	@Test
	void failureThatNobodyWaitsForLeavesLoopAlive() {
		List<CompletableFuture<String>> futures = List.of(this.loop.submit(Mono.error(new IOException("broken"))),
				this.loop.submit(supplierThatThrows(new NoClassDefFoundError("missing"))));
		assertThat(this.loop.execute(Mono.fromSupplier(() -> Thread.currentThread().getName()))).isEqualTo("loop-1");
		assertThat(futures).allMatch(CompletableFuture::isCompletedExceptionally);
	}

	@Test
	void taskThatEndsInCancellationCancelsItsFutureAndIsNotLogged(CapturedOutput output) {
		CompletableFuture<String> future = this.loop.submit(Mono.error(new CancellationException("of its own accord")));
		assertThat(this.loop.execute(Mono.just("fence"))).isEqualTo("fence");
		assertThat(future).isCancelled();
		assertThat(output).doesNotContain("of its own accord");
	}

	@Test
	void stageThatIsCancelledCancelsFuture() {
		CompletableFuture<String> stage = new CompletableFuture<>();
		CompletableFuture<String> future = this.loop.submit(() -> stage);
		stage.cancel(false);
		await().until(future::isDone);
		assertThat(future).isCancelled();
	}

	@Test
	void valuesBeyondTheFirstAreDroppedAndCounted() {
		Mono<String> talkative = sourceThat((subscriber) -> {
			subscriber.onNext("value");
			subscriber.onNext("second value");
			subscriber.onComplete();
			subscriber.onNext("value after the end");
		});
		assertThat(this.loop.execute(talkative)).isEqualTo("value");
		await().untilAsserted(() -> assertThat(this.loopThread.droppedResults()).isEqualTo(2));
	}

	@Test
	void secondCompletionOfSourceLeavesValueToItsCaller() {
		ByteBuf buffer = Unpooled.buffer(8);
		Mono<ByteBuf> completingTwice = sourceThat((subscriber) -> {
			subscriber.onNext(buffer);
			subscriber.onComplete();
			subscriber.onComplete();
		});
		assertThat(this.loop.execute(completingTwice)).isSameAs(buffer);
		assertThat(this.loop.execute(Mono.just("fence"))).isEqualTo("fence");
		assertThat(buffer.refCnt()).isEqualTo(1);
		buffer.release();
	}

	@Test
	void failureAfterEndOfSourceLeavesValueToItsCaller() {
		ByteBuf buffer = Unpooled.buffer(8);
		Mono<ByteBuf> failingAfterEnd = sourceThat((subscriber) -> {
			subscriber.onNext(buffer);
			subscriber.onComplete();
			subscriber.onError(new IOException("after the end"));
		});
		assertThat(this.loop.execute(failingAfterEnd)).isSameAs(buffer);
		await().untilAsserted(() -> assertThat(this.loopThread.droppedResults()).isEqualTo(1));
		assertThat(buffer.refCnt()).isEqualTo(1);
		buffer.release();
	}

	@Test
	void secondFailureOfSourceIsDroppedAndCounted() {
		IllegalStateException first = new IllegalStateException("first");
		Mono<String> failingTwice = sourceThat((subscriber) -> {
			subscriber.onError(first);
			subscriber.onError(new IOException("second"));
		});
		assertThatIllegalStateException().isThrownBy(() -> this.loop.execute(failingTwice)).isSameAs(first);
		await().untilAsserted(() -> assertThat(this.loopThread.droppedResults()).isEqualTo(1));
	}

	@Test
	void valueOfSourceThatFailsAfterwardsIsReleased() {
		ByteBuf buffer = Unpooled.buffer(8);
		IllegalStateException failure = new IllegalStateException("after the value");
		Mono<ByteBuf> failingLate = sourceThat((subscriber) -> {
			subscriber.onNext(buffer);
			subscriber.onError(failure);
		});
		assertThatIllegalStateException().isThrownBy(() -> this.loop.execute(failingLate)).isSameAs(failure);
		assertThat(buffer.refCnt()).isZero();
	}

	@Test
	void addsCallersFramesAsSuppressed() {
		assertThatIllegalStateException().isThrownBy(() -> this.loop.execute(Mono.error(new IllegalStateException())))
			.satisfies((ex) -> assertThat(ex.getSuppressed()).hasSize(1)
				.allSatisfy((marker) -> assertThat(marker.getStackTrace())
					.anySatisfy((frame) -> assertThat(frame.getClassName()).isEqualTo(getClass().getName()))));
	}

	@Test
	void addsNoSecondMarkerToSharedException() throws Exception {
		IllegalStateException shared = new IllegalStateException("cached");
		Mono<String> failing = Mono.error(shared);
		List<Thread> callers = IntStream.range(0, 8).mapToObj((i) -> new Thread(() -> {
			for (int j = 0; j < 125; j++) {
				assertThatIllegalStateException().isThrownBy(() -> this.loop.execute(failing)).isSameAs(shared);
			}
		})).toList();
		callers.forEach(Thread::start);
		for (Thread caller : callers) {
			caller.join(40_000);
		}
		assertThat(shared.getSuppressed()).hasSize(1);
	}

	@Test
	void refusesToWaitOnLoopThreadBeforeSubscribing() {
		PublisherProbe<String> inner = PublisherProbe.of(Mono.just("never"));
		Mono<String> outer = Mono.fromSupplier(() -> this.loop.execute(inner.mono()));
		assertThatIllegalStateException().isThrownBy(() -> this.loop.execute(outer))
			.withMessageContaining("LoopTemplate.execute")
			.withMessageContaining("loop-1")
			.withMessageContaining("submit");
		inner.assertWasNotSubscribed();
	}

	@Test
	void refusesToWaitOnAnyNonBlockingThreadBeforeSubscribing() {
		PublisherProbe<String> inner = PublisherProbe.of(Mono.just("never"));
		AtomicBoolean supplied = new AtomicBoolean();
		Mono<String> onParallel = Mono.fromSupplier(() -> this.loop.execute(inner.mono()));
		Mono<String> supplierOnParallel = Mono.fromSupplier(() -> this.loop.execute(() -> {
			supplied.set(true);
			return CompletableFuture.completedStage("never");
		}));
		for (Mono<String> attempt : List.of(onParallel, supplierOnParallel)) {
			assertThatIllegalStateException().isThrownBy(() -> attempt.subscribeOn(Schedulers.parallel()).block())
				.withMessageContaining("parallel-");
		}
		inner.assertWasNotSubscribed();
		assertThat(supplied).isFalse();
	}

	@Test
	void refusesToWaitOnThreadOfAnotherLoop() {
		LoopThread other = new LoopThread(LoopSettings.defaults().withName("other"), List.of());
		other.start();
		try {
			LoopTemplate otherLoop = new LoopTemplate(other, Duration.ofSeconds(20));
			Mono<String> outer = Mono.fromSupplier(() -> this.loop.execute(Mono.just("never")));
			assertThatIllegalStateException().isThrownBy(() -> otherLoop.execute(outer))
				.withMessageContaining("other-1");
			Mono<String> viceVersa = Mono.fromSupplier(() -> otherLoop.execute(Mono.just("never")));
			assertThatIllegalStateException().isThrownBy(() -> this.loop.execute(viceVersa))
				.withMessageContaining("loop-1");
		}
		finally {
			other.stop();
		}
	}

	@Test
	void refusesBlockOfReactorOnLoopThread() {
		Mono<String> blocking = Mono.fromSupplier(() -> Mono.<String>never().block());
		assertThatIllegalStateException().isThrownBy(() -> this.loop.execute(blocking)).withMessageContaining("loop-1");
	}

	@Test
	void allowsSubmitOnLoopThread() {
		Mono<CompletableFuture<String>> outer = Mono.fromSupplier(() -> this.loop.submit(Mono.just("value")));
		assertThat(this.loop.execute(outer).join()).isEqualTo("value");
	}

	@Test
	void refusesToWaitForFutureOnLoopThread() {
		CompletableFuture<String> future = this.loop.submit(Mono.never());
		List<Callable<String>> waits = List.of(future::get, () -> future.get(1, TimeUnit.SECONDS), future::join);
		waits.forEach(
				(wait) -> assertThatIllegalStateException().isThrownBy(() -> this.loop.execute(Mono.fromCallable(wait)))
					.withMessageContaining("must not wait on thread 'loop-1'")
					.withMessageContaining("thenApply"));
		future.complete("there");
		assertThat(this.loop.execute(Mono.fromSupplier(future::join))).isEqualTo("there");
	}

	@Test
	void makesSubscriptionOnCallersThread() {
		AtomicReference<Thread> madeOn = new AtomicReference<>();
		Hooks.onLastOperator("test", (publisher) -> {
			madeOn.compareAndSet(null, Thread.currentThread());
			return publisher;
		});
		try {
			this.loop.execute(Mono.just("value").map(Function.identity()));
		}
		finally {
			Hooks.resetOnLastOperator("test");
		}
		assertThat(madeOn.get()).isSameAs(Thread.currentThread());
	}

	@Test
	void failingHookFailsTaskAndLeavesNoPermit() {
		IllegalStateException failure = new IllegalStateException("hook");
		Hooks.onLastOperator("test", (publisher) -> {
			throw failure;
		});
		try {
			assertThatIllegalStateException().isThrownBy(() -> this.loop.execute(Mono.just("never"))).isSameAs(failure);
		}
		finally {
			Hooks.resetOnLastOperator("test");
		}
		assertThat(this.loopThread.activeTasks()).isZero();
	}

	@Test
	void timeoutSaysWhatAndHowLong() {
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.loop.withName("quote").withTimeout(Duration.ofMillis(50)).execute(Mono.never()))
			.withMessageContaining("'quote'")
			.withMessageContaining("50ms")
			.withMessageContaining("loop.timeout")
			.withCauseInstanceOf(TimeoutException.class)
			.satisfies((ex) -> assertThat(ex.getTimeout()).hasMillis(50));
	}

	@Test
	void timeoutSaysThatTaskIsStillQueuedAndWhereLoopIsBlocked() {
		try (LoopFreezer freezer = LoopFreezer.freezeUntilNoticed(this.loopThread)) {
			assertThatExceptionOfType(LoopTimeoutException.class)
				.isThrownBy(() -> this.loop.withTimeout(Duration.ofMillis(50)).execute(Mono.just("late")))
				.withMessageContaining("still queued while the loop is blocked in ")
				.withMessageContaining("LoopFreezer.java:");
		}
	}

	@Test
	void timeoutSaysThatTaskIsRunning() {
		assertTimesOutWhenItRuns(Mono.never())
			.withMessageMatching(".* within 50ms and was cancelled after \\d+ms, running\\. Raise .*");
	}

	@Test
	void timeoutCancelsTaskOnLoopThread() {
		CompletableFuture<String> cancelledOn = new CompletableFuture<>();
		Mono<String> task = Mono.<String>never()
			.doOnCancel(() -> cancelledOn.complete(Thread.currentThread().getName()));
		assertTimesOutWhenItRuns(task);
		assertThat(cancelledOn).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("loop-1");
	}

	@Test
	void timeoutCancelsStage() {
		CompletableFuture<String> stage = new CompletableFuture<>();
		assertTimesOutWhenItRuns(() -> stage);
		await().until(stage::isCancelled);
	}

	@Test
	void timeoutFiresWhenLoopIsBlocked() {
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			assertThatExceptionOfType(LoopTimeoutException.class)
				.isThrownBy(() -> this.loop.withTimeout(Duration.ofMillis(50)).execute(Mono.just("late")));
		}
	}

	@Test
	void timeoutFiresWhileSupplierBlocksLoop() {
		CountDownLatch release = new CountDownLatch(1);
		Supplier<CompletableFuture<String>> blocking = () -> {
			awaitLatch(release);
			return CompletableFuture.completedFuture("late");
		};
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			CompletableFuture<String> caller = onThreadOfItsOwn(() -> this.loop.withTimeout(SHORT).execute(blocking));
			await().until(() -> this.loopThread.blockedIn() != null);
			deadlines.pass();
			assertThat(caller).failsWithin(Duration.ofSeconds(20))
				.withThrowableThat()
				.havingCause()
				.isInstanceOf(LoopTimeoutException.class)
				.withMessageContaining("while the loop is blocked in ")
				.withMessageContaining(getClass().getName() + ".awaitLatch");
		}
		finally {
			release.countDown();
		}
	}

	@Test
	void timeoutOfOneNanosecondIsTimeoutLikeAnyOther() {
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.loop.withTimeout(Duration.ofNanos(1)).execute(Mono.never()));
	}

	@Test
	void timeInQueueCountsTowardsTimeout() {
		LoopTemplate template = this.loop.withTimeout(Duration.ofSeconds(2));
		AtomicLong start = new AtomicLong();
		CompletableFuture<Duration> caller;
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			caller = onThreadOfItsOwn(() -> {
				start.set(System.nanoTime());
				assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(() -> template.execute(Mono.never()));
				return Duration.ofNanos(System.nanoTime() - start.get());
			});
			await()
				.until(() -> start.get() != 0 && System.nanoTime() - start.get() > TimeUnit.MILLISECONDS.toNanos(1900));
		}
		assertThat(caller).succeedsWithin(Duration.ofSeconds(20))
			.satisfies((elapsed) -> assertThat(elapsed).isLessThan(Duration.ofMillis(3800)));
	}

	@Test
	void callerWhoseTimeIsUpDoesNotWaitForCleanUp() {
		CleanUp cleanUp = new CleanUp();
		try {
			assertTimesOutWhenItRuns(cleanUp.after(Mono.<String>never()));
			assertThat(cleanUp.hasEnded()).isFalse();
		}
		finally {
			cleanUp.release();
		}
		await().until(cleanUp::hasEnded);
	}

	@Test
	void timeoutEndsFutureWhenLoopIsBlocked() {
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			CompletableFuture<String> future = this.loop.withTimeout(Duration.ofMillis(50)).submit(Mono.just("late"));
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> future.get(10, TimeUnit.SECONDS))
				.withCauseInstanceOf(LoopTimeoutException.class);
		}
	}

	@Test
	void abandonedTaskNeverStarts() {
		PublisherProbe<String> task = PublisherProbe.of(Mono.just("late"));
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			assertThatExceptionOfType(LoopTimeoutException.class)
				.isThrownBy(() -> this.loop.withTimeout(Duration.ofMillis(20)).execute(task.mono()));
		}
		assertThat(this.loop.execute(Mono.just("fence"))).isEqualTo("fence");
		task.assertWasNotSubscribed();
	}

	@Test
	void interruptCancelsTaskAndKeepsFlag() throws Exception {
		CountDownLatch subscribed = new CountDownLatch(1);
		CountDownLatch cancelled = new CountDownLatch(1);
		Mono<String> task = Mono.<String>never()
			.doOnSubscribe((subscription) -> subscribed.countDown())
			.doOnCancel(cancelled::countDown);
		AtomicBoolean flag = new AtomicBoolean();
		AtomicReference<Throwable> thrown = new AtomicReference<>();
		Thread caller = new Thread(() -> {
			try {
				this.loop.withName("quote").execute(task);
			}
			catch (LoopInterruptedException ex) {
				thrown.set(ex);
				flag.set(Thread.currentThread().isInterrupted());
			}
		});
		caller.start();
		assertThat(subscribed.await(20, TimeUnit.SECONDS)).isTrue();
		caller.interrupt();
		caller.join(20_000);
		assertThat(thrown.get()).isNotNull().hasMessageContaining("'quote'");
		assertThat(flag).isTrue();
		assertThat(cancelled.await(20, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void interruptedCallerDoesNotWaitForCleanUpDuringWhichPermitIsHeld() throws Exception {
		CleanUp cleanUp = new CleanUp();
		PublisherProbe<String> task = PublisherProbe.of(Mono.never());
		FutureTask<String> call = new FutureTask<>(() -> this.loop.execute(cleanUp.after(task.mono())));
		Thread caller = new Thread(call);
		caller.start();
		await().until(task::wasSubscribed);
		caller.interrupt();
		try {
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> call.get(10, TimeUnit.SECONDS))
				.withCauseInstanceOf(LoopInterruptedException.class);
			await().until(cleanUp::hasBegun);
			assertThat(cleanUp.hasEnded()).isFalse();
			assertThat(this.loopThread.activeTasks()).isEqualTo(1);
		}
		finally {
			cleanUp.release();
		}
		await().until(() -> this.loopThread.activeTasks() == 0);
	}

	@Test
	void interruptOfLoopThreadIsNotSeenByNextTask() {
		CompletableFuture<String> interrupting;
		CompletableFuture<Boolean> next;
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			interrupting = this.loop.submit(Mono.fromRunnable(() -> Thread.currentThread().interrupt()));
			next = this.loop.submit(Mono.fromSupplier(() -> Thread.currentThread().isInterrupted()));
		}
		assertThat(interrupting).succeedsWithin(Duration.ofSeconds(10));
		assertThat(next).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(false);
	}

	@Test
	void interruptedCallerMaySubmitAndKeepsFlag() {
		Thread.currentThread().interrupt();
		CompletableFuture<String> future;
		try {
			future = this.loop.submit(Mono.just("value"));
		}
		finally {
			assertThat(Thread.interrupted()).isTrue();
		}
		assertThat(future).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("value");
	}

	@Test
	void interruptedCallerStartsNothing() {
		PublisherProbe<String> task = PublisherProbe.of(Mono.just("never"));
		Thread.currentThread().interrupt();
		try {
			assertThatExceptionOfType(LoopInterruptedException.class).isThrownBy(() -> this.loop.execute(task.mono()));
		}
		finally {
			assertThat(Thread.interrupted()).isTrue();
		}
		task.assertWasNotSubscribed();
	}

	@Test
	void cancellingFutureCancelsTaskOnLoopThread() throws Exception {
		CountDownLatch subscribed = new CountDownLatch(1);
		CompletableFuture<String> cancelledOn = new CompletableFuture<>();
		CompletableFuture<String> future = this.loop.submit(Mono.<String>never()
			.doOnSubscribe((subscription) -> subscribed.countDown())
			.doOnCancel(() -> cancelledOn.complete(Thread.currentThread().getName())));
		assertThat(subscribed.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(future.cancel(false)).isTrue();
		assertThat(cancelledOn.get(20, TimeUnit.SECONDS)).isEqualTo("loop-1");
		assertThat(future).isCancelled();
	}

	@Test
	void cancellingFutureThatHasItsValueChangesNothing() {
		CompletableFuture<String> future = this.loop.submit(Mono.just("value"));
		assertThat(future).succeedsWithin(Duration.ofSeconds(20));
		assertThat(future.cancel(false)).isFalse();
		assertThat(future).isCompletedWithValue("value");
	}

	@Test
	void taskMayCancelFutureOfAnother() {
		PublisherProbe<String> other = PublisherProbe.of(Mono.never());
		CompletableFuture<String> future = this.loop.submit(other.mono());
		assertThat(this.loop.execute(Mono.fromSupplier(() -> future.cancel(false)))).isTrue();
		assertThat(future).isCancelled();
		await().until(other::wasCancelled);
	}

	@Test
	void cancelWakesThoseWhoWaitForFuture() {
		CompletableFuture<String> future = this.loop.submit(Mono.never());
		List<CompletableFuture<String>> waiting = List.of(onThreadOfItsOwn(future::get),
				onThreadOfItsOwn(future::join));
		await().until(() -> future.getNumberOfDependents() == 2);
		future.cancel(false);
		assertThat(waiting).allSatisfy((end) -> assertThat(end).failsWithin(Duration.ofSeconds(20))
			.withThrowableThat()
			.withCauseInstanceOf(CancellationException.class));
	}

	@Test
	void valueThatAnswersCancelDoesNotTurnItIntoSuccess() {
		Mono<String> answering = Mono.fromDirect((subscriber) -> subscriber.onSubscribe(new Subscription() {

			@Override
			public void request(long n) {
			}

			@Override
			public void cancel() {
				subscriber.onNext("answer");
				subscriber.onComplete();
			}

		}));
		assertTimesOutWhenItRuns(answering);
		await().untilAsserted(() -> assertThat(this.loopThread.droppedResults()).isEqualTo(1));
	}

	@Test
	void futureCancelledBeforeItsTaskStartedKeepsItFromStarting() {
		PublisherProbe<String> task = PublisherProbe.of(Mono.never());
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			assertThat(this.loop.submit(task.mono()).cancel(false)).isTrue();
		}
		assertThat(this.loop.execute(Mono.just("fence"))).isEqualTo("fence");
		task.assertWasNotSubscribed();
	}

	@Test
	void futureGivesValueInEachWay() throws Exception {
		assertThat(this.loop.submit(Mono.just("value")).get()).isEqualTo("value");
		assertThat(this.loop.submit(Mono.just("value")).get(20, TimeUnit.SECONDS)).isEqualTo("value");
		assertThat(this.loop.submit(Mono.just("value")).join()).isEqualTo("value");
	}

	@Test
	void completingFutureFromOutsideCancelsTask() {
		PublisherProbe<String> task = PublisherProbe.of(Mono.never());
		CompletableFuture<String> future = this.loop.submit(task.mono());
		await().until(task::wasSubscribed);
		assertThat(future.complete("mine")).isTrue();
		assertThat(future.join()).isEqualTo("mine");
		await().until(task::wasCancelled);
	}

	@Test
	void timeoutOfFutureItselfCancelsTask() {
		PublisherProbe<String> task = PublisherProbe.of(Mono.never());
		CompletableFuture<String> future = this.loop.submit(task.mono()).orTimeout(20, TimeUnit.MILLISECONDS);
		assertThatExceptionOfType(CompletionException.class).isThrownBy(future::join)
			.withCauseInstanceOf(TimeoutException.class);
		await().until(() -> !task.wasSubscribed() || task.wasCancelled());
	}

	@Test
	@SuppressWarnings("FutureReturnValueIgnored")
	void futureCompletedByAnyOtherWayCancelsTaskToo() {
		PublisherProbe<String> obtruded = PublisherProbe.of(Mono.never());
		PublisherProbe<String> completedAsync = PublisherProbe.of(Mono.never());
		CompletableFuture<String> first = this.loop.submit(obtruded.mono());
		CompletableFuture<String> second = this.loop.submit(completedAsync.mono());
		await().until(() -> obtruded.wasSubscribed() && completedAsync.wasSubscribed());
		first.obtrudeValue("mine");
		second.completeAsync(() -> "mine");
		await().until(() -> obtruded.wasCancelled() && completedAsync.wasCancelled());
	}

	@Test
	void functionChainedToFutureCannotHoldUpDeadlinesOfOthers() throws Exception {
		LoopTemplate shortly = this.loop.withTimeout(SHORT);
		CompletableFuture<String> waited;
		try (HeldDeadlines deadlines = new HeldDeadlines(); LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			waited = shortly.submit(Mono.<String>never()).handle((value, ex) -> this.loop.execute(Mono.just("never")));
			CompletableFuture<String> other = shortly.submit(Mono.never());
			deadlines.pass();
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> other.get(10, TimeUnit.SECONDS))
				.withCauseInstanceOf(LoopTimeoutException.class);
		}
		assertThat(waited).failsWithin(Duration.ofSeconds(10))
			.withThrowableThat()
			.withCauseInstanceOf(IllegalStateException.class);
	}

	@Test
	void lateResultChangesNothing() {
		Sinks.One<String> result = Sinks.one();
		CompletableFuture<String> future = this.loop.submit(result.asMono());
		future.complete("mine");
		result.tryEmitValue("late");
		assertThat(this.loop.execute(Mono.just("fence"))).isEqualTo("fence");
		assertThat(future.join()).isEqualTo("mine");
	}

	@Test
	void lateValueIsReleasedAndCounted() {
		ByteBuf buffer = Unpooled.buffer(8);
		AtomicReference<CompletableFuture<ByteBuf>> future = new AtomicReference<>();
		Mono<ByteBuf> givenUpMeanwhile = Mono.fromSupplier(() -> {
			future.get().completeExceptionally(new IllegalStateException("given up"));
			return buffer;
		});
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			future.set(this.loop.submit(givenUpMeanwhile));
		}
		await().untilAsserted(() -> assertThat(buffer.refCnt()).isZero());
		assertThat(this.loopThread.droppedResults()).isEqualTo(1);
	}

	@Test
	void valueOfSourceThatIsCancelledBeforeItCompletesIsReleased() {
		ByteBuf buffer = Unpooled.buffer(8);
		Mono<ByteBuf> neverCompletes = Mono.fromDirect(Flux.concat(Mono.just(buffer), Mono.never()));
		assertTimesOutWhenItRuns(neverCompletes);
		await().untilAsserted(() -> assertThat(buffer.refCnt()).isZero());
		assertThat(this.loopThread.droppedResults()).isEqualTo(1);
	}

	@Test
	void signalsOfSourceThatHasEndedAreCountedAndNotLogged(CapturedOutput output) {
		Mono<String> signalsTwice = Mono.fromDirect((subscriber) -> {
			subscriber.onSubscribe(Operators.emptySubscription());
			subscriber.onNext("first");
			subscriber.onNext("second");
			subscriber.onComplete();
			subscriber.onNext("third");
			subscriber.onComplete();
			subscriber.onError(new IOException("too late for anybody"));
		});
		assertThat(this.loop.execute(signalsTwice)).isEqualTo("first");
		await().until(() -> this.loopThread.droppedResults() == 3);
		// The operators that Reactor puts in between drop signals themselves
		assertThat(this.loop.execute(signalsTwice.map(String::trim))).isEqualTo("first");
		await().until(() -> this.loopThread.droppedResults() == 6);
		assertThat(output).doesNotContain("too late for anybody").doesNotContain("onNextDropped");
	}

	@Test
	void whatSourceHasBegunIsCancelledWhenRestOfItThrowsFatalError() {
		PublisherProbe<String> begun = PublisherProbe.of(Mono.never());
		NoClassDefFoundError failure = new NoClassDefFoundError("missing");
		Mono<?> task = Mono.zip(begun.mono(), Mono.defer(() -> {
			throw failure;
		}));
		assertThatExceptionOfType(NoClassDefFoundError.class).isThrownBy(() -> this.loop.execute(task))
			.isSameAs(failure);
		await().until(begun::wasCancelled);
	}

	@Test
	void stageThatIgnoresCancelKeepsPermitUntilItEndsAndItsValueIsReleased() {
		ByteBuf buffer = Unpooled.buffer(8);
		CompletableFuture<ByteBuf> stage = new CompletableFuture<>();
		assertTimesOutWhenItRuns(() -> stage.minimalCompletionStage());
		this.loop.execute(Mono.just("fence"));
		assertThat(this.loopThread.activeTasks()).isOne();
		stage.complete(buffer);
		await().until(() -> this.loopThread.activeTasks() == 0);
		assertThat(buffer.refCnt()).isZero();
		assertThat(this.loopThread.droppedResults()).isOne();
	}

	@Test
	void cancelledStageIsNoDroppedResult() {
		CompletableFuture<String> stage = new CompletableFuture<>();
		this.loop.submit(() -> stage).cancel(false);
		await().until(() -> this.loopThread.activeTasks() == 0);
		this.loop.execute(Mono.just("fence"));
		assertThat(this.loopThread.droppedResults()).isZero();
	}

	@Test
	void exceptionOfApplicationThatWrapsOneOfOursStaysWhatItIs() {
		class OrderFailedException extends NestedRuntimeException {

			OrderFailedException(Throwable cause) {
				super("order failed", cause);
			}

		}
		OrderFailedException failure = new OrderFailedException(new LoopNotRunningException("of another loop"));
		assertThatExceptionOfType(OrderFailedException.class).isThrownBy(() -> this.loop.execute(Mono.error(failure)))
			.isSameAs(failure);
	}

	@Test
	void functionThatBlocksOnFutureHoldsUpNeitherStopNorCallersNorDeadlines() throws Exception {
		CountDownLatch blocked = new CountDownLatch(1);
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			for (int i = 0; i < 3; i++) {
				this.loop.submit(Mono.never()).whenComplete((value, ex) -> awaitLatch(blocked));
				this.loop.withTimeout(SHORT).submit(Mono.never()).whenComplete((value, ex) -> awaitLatch(blocked));
			}
		}
		CompletableFuture<String> other = this.loop.withTimeout(Duration.ofMillis(200)).submit(Mono.never());
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> other.get(20, TimeUnit.SECONDS))
			.withCauseInstanceOf(LoopTimeoutException.class);
		WaitingCallers callers = WaitingCallers.start(3, this.loop);
		List<CompletableFuture<String>> others = Stream.generate(() -> this.loop.submit(Mono.<String>never()))
			.limit(20)
			.toList();
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(this.loopThread::stop);
		assertThat(callers.outcomes()).hasOnlyElementsOfType(LoopStoppedException.class);
		assertThat(others).allSatisfy((future) -> assertThatExceptionOfType(LoopStoppedException.class)
			.isThrownBy(() -> future.get(20, TimeUnit.SECONDS)));
		assertThat(stopped).succeedsWithin(Duration.ofSeconds(20));
		blocked.countDown();
	}

	@Test
	void futureCompletedByAnyOtherWayIsCancelledWhenLoopStops() {
		PublisherProbe<String> obtruded = PublisherProbe.of(Mono.never());
		CompletableFuture<String> future = this.loop.submit(obtruded.mono());
		await().until(obtruded::wasSubscribed);
		future.obtrudeValue("mine");
		this.loopThread.stop();
		obtruded.assertWasCancelled();
	}

	@Test
	void interruptOfLoopThreadIsNotSeenBehindSchedulerByAnother() {
		Sinks.One<String> go = Sinks.one();
		CompletableFuture<Boolean> other = this.loop.submit(go.asMono()
			.publishOn(this.loopThread.scheduler())
			.map((value) -> Thread.currentThread().isInterrupted()));
		this.loop.execute(Mono.just("fence"));
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			this.loop.submit(Mono.fromRunnable(() -> Thread.currentThread().interrupt()));
			go.tryEmitValue("go");
		}
		assertThat(other).succeedsWithin(Duration.ofSeconds(20)).isEqualTo(false);
	}

	@Test
	void lateFailureIsCountedAndNotLogged(CapturedOutput output) {
		Sinks.One<String> release = Sinks.one();
		Mono<String> deafToCancel = Mono.fromDirect((subscriber) -> subscriber.onSubscribe(new Subscription() {

			@Override
			public void request(long n) {
				release.asMono().subscribe((value) -> subscriber.onError(new IOException(value)));
			}

			@Override
			public void cancel() {
				release.tryEmitValue("too late for anybody");
			}

		}));
		assertTimesOutWhenItRuns(deafToCancel);
		await().until(() -> this.loopThread.droppedResults() == 1);
		assertThat(output).doesNotContain("too late for anybody");
	}

	@Test
	void rejectsTaskBeyondLimit() {
		List<CompletableFuture<String>> accepted = IntStream.range(0, 100)
			.mapToObj((i) -> this.loop.submit(Mono.<String>never()))
			.toList();
		PublisherProbe<String> refused = PublisherProbe.of(Mono.just("never"));
		assertThatExceptionOfType(LoopOverloadedException.class)
			.isThrownBy(() -> this.loop.withName("quote").execute(refused.mono()))
			.withMessageContaining("'quote'")
			.withMessageContaining("loop.max-concurrent-tasks")
			.isInstanceOf(TaskRejectedException.class)
			.satisfies((ex) -> assertThat(ex.getLimit()).isEqualTo(100));
		assertThatExceptionOfType(LoopOverloadedException.class).isThrownBy(() -> this.loop.submit(refused.mono()));
		refused.assertWasNotSubscribed();
		assertThat(this.loopThread.activeTasks()).isEqualTo(100);
		accepted.forEach((future) -> future.cancel(false));
	}

	@Test
	void givesPermitBackWhenCancelledTaskHasEnded() {
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			CompletableFuture<String> future = this.loop.submit(Mono.never());
			future.cancel(false);
			assertThat(future).isCancelled();
			assertThat(this.loopThread.activeTasks()).isEqualTo(1);
		}
		await().untilAsserted(() -> assertThat(this.loopThread.activeTasks()).isZero());
	}

	@Test
	void permitIsBackWhenCallerHasResult() {
		for (int i = 0; i < 1000; i++) {
			this.loop.execute(Mono.just(i));
			assertThat(this.loopThread.activeTasks()).isZero();
		}
	}

	@Test
	void nothingHoldsOnToTaskThatHasEnded() {
		List<WeakReference<?>> ended = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			CompletableFuture<String> future = this.loop.submit(Mono.just("value"));
			assertThat(future).succeedsWithin(Duration.ofSeconds(20));
			ended.add(new WeakReference<>(future));
		}
		assertThat(this.loop.execute(Mono.just("fence"))).isEqualTo("fence");
		await().until(() -> {
			System.gc();
			return ended.stream().allMatch((future) -> future.get() == null);
		});
	}

	@Test
	void rejectsAfterStop() {
		this.loopThread.stop();
		PublisherProbe<String> task = PublisherProbe.of(Mono.just("never"));
		assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> this.loop.withName("quote").execute(task.mono()))
			.withMessageContaining("'quote'")
			.withMessageContaining("'loop' was stopped")
			.isInstanceOf(TaskRejectedException.class);
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(() -> this.loop.submit(task.mono()));
		task.assertWasNotSubscribed();
	}

	@Test
	void resultOfFutureIsReadableAfterStop() {
		CompletableFuture<String> future = this.loop.submit(Mono.just("value"));
		assertThat(this.loop.execute(Mono.just("fence"))).isEqualTo("fence");
		this.loopThread.stop();
		assertThat(future).isCompletedWithValue("value");
	}

	@Test
	void stopReleasesWaitingCallers() {
		List<CompletableFuture<String>> futures = IntStream.range(0, 50)
			.mapToObj((i) -> this.loop.withoutTimeout().submit(Mono.<String>never()))
			.toList();
		CompletableFuture<String> waiting = CompletableFuture
			.supplyAsync(() -> this.loop.withName("quote").withoutTimeout().execute(Mono.never()));
		await().until(() -> this.loopThread.activeTasks() == 51);
		this.loopThread.stop();
		assertThatExceptionOfType(CompletionException.class).isThrownBy(waiting::join)
			.havingCause()
			.isInstanceOf(LoopStoppedException.class)
			.withMessageContaining("'quote'");
		await().untilAsserted(() -> assertThat(futures).allMatch(CompletableFuture::isCancelled));
	}

	@Test
	void futureSaysThatLoopStopped() {
		CompletableFuture<String> future = this.loop.submit(Mono.never());
		this.loopThread.stop();
		List<ThrowingCallable> waits = List.of(future::get, () -> future.get(1, TimeUnit.SECONDS), future::join);
		assertThat(waits).allSatisfy((wait) -> assertThatExceptionOfType(LoopStoppedException.class).isThrownBy(wait));
	}

	@Test
	void stopWithoutDrainTimeCancelsTasksOfWaitingCallers() {
		AtomicInteger running = new AtomicInteger();
		Queue<String> cancelledOn = new ConcurrentLinkedQueue<>();
		Mono<String> task = Mono.<String>never()
			.doOnSubscribe((subscription) -> running.incrementAndGet())
			.doOnCancel(() -> cancelledOn.add(Thread.currentThread().getName()));
		List<CompletableFuture<String>> callers = List.of(onThreadOfItsOwn(() -> this.loop.execute(task)),
				onThreadOfItsOwn(() -> this.loop.execute(task)));
		await().until(() -> running.get() == 2);
		this.loopThread.stop();
		assertThat(callers).allSatisfy((caller) -> assertThat(caller).failsWithin(Duration.ofSeconds(10))
			.withThrowableThat()
			.withCauseInstanceOf(LoopStoppedException.class));
		assertThat(cancelledOn).containsExactly("loop-1", "loop-1");
	}

	@Test
	void stopWakesThoseWhoWaitForFuture() {
		CompletableFuture<String> future = this.loop.withoutTimeout().submit(Mono.never());
		List<CompletableFuture<Object>> waiting = List.of(onThreadOfItsOwn(future::get),
				onThreadOfItsOwn(() -> CompletableFuture.anyOf(future, new CompletableFuture<>()).get()));
		await().until(() -> future.getNumberOfDependents() == 2);
		this.loopThread.stop();
		assertThat(waiting).allSatisfy((end) -> assertThat(end).failsWithin(Duration.ofSeconds(10))
			.withThrowableThat()
			.withRootCauseInstanceOf(LoopStoppedException.class));
	}

	@Test
	void stopEndsFuturesWhoseStagesEndWhenTheyAreCancelled() {
		List<CompletableFuture<String>> futures = Stream
			.generate(() -> this.loop.submit(() -> new CompletableFuture<String>()))
			.limit(50)
			.toList();
		this.loop.execute(Mono.just("all suppliers have been called"));
		this.loopThread.stop();
		assertThat(futures).extracting((future) -> future.handle((value, ex) -> ex).join())
			.hasOnlyElementsOfType(LoopStoppedException.class);
	}

	@Test
	void functionChainedToFutureMayStopLoop() {
		CompletableFuture<Void> stopped = this.loop.submit(Mono.never())
			.handle((value, ex) -> null)
			.thenRun(this.loopThread::stop);
		this.loopThread.stop();
		assertThat(stopped).succeedsWithin(Duration.ofSeconds(10));
	}

	@Test
	void timeoutCoversStartOnDemand() {
		LoopResource<String> slow = LoopResource.of("slow", (loop) -> Mono.never(), (value) -> Mono.empty());
		LoopThread starting = new LoopThread(
				LoopSettings.defaults().withName("slow").withStartupTimeout(Duration.ofSeconds(5)), List.of(slow));
		long start = System.nanoTime();
		assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> new LoopTemplate(starting, Duration.ofMillis(20)).execute(Mono.just("never")))
			.withMessageContaining("has not started yet");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
		starting.stop();
	}

	@Test
	void deathReleasesWaitingCallersAndRefusesNewOnes() {
		CompletableFuture<String> waiting = this.loop.withoutTimeout().submit(Mono.never());
		this.loopThread.eventLoopGroup().shutdownGracefully(0, 1, TimeUnit.SECONDS);
		assertThatExceptionOfType(CancellationException.class).isThrownBy(() -> waiting.get(20, TimeUnit.SECONDS));
		await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(() -> this.loop.execute(Mono.just("never")))
			.withMessageContaining("ended by itself");
		this.loopThread.start();
		assertThat(this.loop.execute(Mono.fromCallable(() -> Thread.currentThread().getName()))).isEqualTo("loop-2");
	}

	@Test
	void waitingOnThreadOfForkJoinPoolLeavesThatAnother() throws Exception {
		ForkJoinPool pool = new ForkJoinPool(1);
		try {
			Sinks.One<String> sink = Sinks.one();
			Future<String> caller = pool.submit(() -> this.loop.execute(sink.asMono()));
			await().until(() -> this.loopThread.waitingCallers() == 1);
			pool.submit(() -> sink.tryEmitValue("value").orThrow());
			assertThat(caller.get(10, TimeUnit.SECONDS)).isEqualTo("value");
		}
		finally {
			pool.shutdownNow();
			assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
		}
	}

	@Test
	void servesManyCallersAtOnce() throws Exception {
		AtomicInteger right = new AtomicInteger();
		List<Thread> callers = new ArrayList<>();
		for (int i = 0; i < 32; i++) {
			int number = i;
			callers.add(new Thread(() -> {
				for (int j = 0; j < 200; j++) {
					int expected = number * 1000 + j;
					if (this.loop.execute(Mono.just(expected)) == expected) {
						right.incrementAndGet();
					}
				}
			}));
		}
		callers.forEach(Thread::start);
		for (Thread caller : callers) {
			caller.join(40_000);
		}
		assertThat(right).hasValue(32 * 200);
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void servesVirtualThreads() {
		try (SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor()) {
			executor.setVirtualThreads(true);
			List<CompletableFuture<String>> results = IntStream.range(0, 90)
				.mapToObj((i) -> executor.submitCompletable(
						() -> this.loop.execute(Mono.delay(Duration.ofMillis(20), this.loopThread.scheduler())
							.map((tick) -> Thread.currentThread().getName()))))
				.toList();
			assertThat(results).allSatisfy((result) -> assertThat(result.join()).isEqualTo("loop-1"));
		}
	}

	@Test
	void withTimeoutReturnsNewTemplate() {
		LoopTemplate shorter = this.loop.withTimeout(Duration.ofMillis(20));
		assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(() -> shorter.execute(Mono.never()));
		Mono<String> later = Mono.delay(Duration.ofMillis(60), this.loopThread.scheduler()).thenReturn("value");
		assertThat(this.loop.execute(later)).isEqualTo("value");
		assertThat(shorter.withoutTimeout().execute(later)).isEqualTo("value");
	}

	@Test
	void hugeTimeoutMeansNoLimit() {
		assertThat(this.loop.withTimeout(Duration.ofSeconds(Long.MAX_VALUE)).execute(Mono.just("value")))
			.isEqualTo("value");
		assertThat(this.loop.withTimeout(Duration.ofSeconds(Long.MAX_VALUE)).submit(Mono.just("value")).join())
			.isEqualTo("value");
	}

	@ParameterizedTest
	@ValueSource(longs = { 0, -1, Long.MIN_VALUE })
	void refusesTimeoutThatIsNotPositive(long seconds) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.loop.withTimeout(Duration.ofSeconds(seconds)))
			.withMessageContaining("'timeout'")
			.withMessageContaining(Duration.ofSeconds(seconds).toString());
	}

	@Test
	@SuppressWarnings("unchecked")
	void refusesArgumentsThatAreMissing() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.loop.execute((Mono<String>) null))
			.withMessageContaining("'task'");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.loop.execute((Supplier<CompletableFuture<String>>) null))
			.withMessageContaining("'task'");
		assertThatIllegalArgumentException().isThrownBy(() -> this.loop.submit((Mono<String>) null))
			.withMessageContaining("'task'");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.loop.submit((Supplier<CompletableFuture<String>>) null))
			.withMessageContaining("'task'");
		assertThatIllegalArgumentException().isThrownBy(() -> this.loop.withTimeout(null))
			.withMessageContaining("'timeout'");
		assertThatIllegalArgumentException().isThrownBy(() -> this.loop.withName(" ")).withMessageContaining("'name'");
		assertThatIllegalArgumentException().isThrownBy(() -> new LoopTemplate(null, Duration.ofSeconds(1)))
			.withMessageContaining("'loopThread'");
	}

	private ThrowableAssertAlternative<LoopTimeoutException> assertTimesOutWhenItRuns(Mono<?> task) {
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			return assertThatExceptionOfType(LoopTimeoutException.class)
				.isThrownBy(() -> this.loop.withTimeout(SHORT).execute(deadlines.passWhenSubscribed(task)));
		}
	}

	private <T> void assertTimesOutWhenItRuns(Supplier<? extends CompletionStage<T>> task) {
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			assertThatExceptionOfType(LoopTimeoutException.class)
				.isThrownBy(() -> this.loop.withTimeout(SHORT).execute(() -> {
					deadlines.pass();
					return task.get();
				}));
		}
	}

	private static <T> Mono<T> sourceThat(Consumer<CoreSubscriber<? super T>> signals) {
		return new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super T> subscriber) {
				subscriber.onSubscribe(Operators.emptySubscription());
				signals.accept(subscriber);
			}

		};
	}

	private static Supplier<CompletableFuture<String>> supplierThatThrows(Throwable failure) {
		return () -> LoopTemplateTests.<CompletableFuture<String>, RuntimeException>throwAsIs(failure);
	}

	@SuppressWarnings({ "unchecked", "TypeParameterUnusedInFormals" })
	private static <T, E extends Throwable> T throwAsIs(Throwable failure) throws E {
		throw (E) failure;
	}

	private static <T> CompletableFuture<T> onThreadOfItsOwn(Callable<T> call) {
		return new SimpleAsyncTaskExecutor("caller-").submitCompletable(call);
	}

	private static void awaitLatch(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * What a task does on the loop when it is cancelled, for as long as the test says.
	 */
	private static final class CleanUp {

		private final CountDownLatch begun = new CountDownLatch(1);

		private final CountDownLatch release = new CountDownLatch(1);

		private final CountDownLatch ended = new CountDownLatch(1);

		<T> Mono<T> after(Mono<T> task) {
			return task.doOnCancel(() -> {
				this.begun.countDown();
				awaitLatch(this.release);
				this.ended.countDown();
			});
		}

		void release() {
			this.release.countDown();
		}

		boolean hasBegun() {
			return this.begun.getCount() == 0;
		}

		boolean hasEnded() {
			return this.ended.getCount() == 0;
		}

	}

}
