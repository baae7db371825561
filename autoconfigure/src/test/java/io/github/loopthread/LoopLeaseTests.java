package io.github.loopthread;

import java.io.IOException;
import java.lang.reflect.UndeclaredThrowableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.task.SimpleAsyncTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopLease}. Read from top to bottom, the names say what it promises.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class LoopLeaseTests {

	private static final Duration SHORT = Duration.ofMillis(50);

	private static final Duration LONG = Duration.ofSeconds(20);

	private final Queue<String> events = new ConcurrentLinkedQueue<>();

	private final AtomicReference<Thread> waiting = new AtomicReference<>();

	private LoopThread loopThread = loopThread(LoopSettings.defaults().withDrainTimeout(Duration.ZERO));

	private LoopTemplate loop = new LoopTemplate(this.loopThread, LONG);

	@AfterEach
	void stop() {
		this.loopThread.stop();
		LoopThreads.assertNone("loop");
	}

	@Test
	void acquiresAndReleasesOnLoop() {
		try (LoopLease<String> lease = this.loop.open(acquire(), this::release)) {
			assertThat(lease.get()).isEqualTo("object");
			assertThat(this.events).containsExactly("acquire on loop-1");
		}
		assertThat(this.events).containsExactly("acquire on loop-1", "release on loop-1");
	}

	@Test
	void closeReturnsWhenReleaseHasEnded() throws Exception {
		Sinks.Empty<Void> released = Sinks.empty();
		LoopLease<String> lease = this.loop.open(acquire(), (object) -> released.asMono());
		CompletableFuture<Void> closed = onThreadOfItsOwn(() -> {
			lease.close();
			return null;
		});
		assertThat(this.loop.<String>execute(Mono.empty())).isNull();
		assertThat(closed).isNotDone();
		released.tryEmitEmpty();
		assertThat(closed).succeedsWithin(LONG);
	}

	@Test
	void releasesWhenBodyFails() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
			try (LoopLease<String> lease = this.loop.open(acquire(), this::release)) {
				throw new IOException("body");
			}
		}).withMessage("body").satisfies((ex) -> assertThat(ex.getSuppressed()).isEmpty());
		assertThat(this.events).containsExactly("acquire on loop-1", "release on loop-1");
	}

	@Test
	void failureOfReleaseIsSuppressedByThatOfBody() {
		assertThatIllegalStateException().isThrownBy(() -> {
			try (LoopLease<String> lease = this.loop.open(acquire(),
					(object) -> Mono.error(new IOException("release")))) {
				throw new IllegalStateException("body");
			}
		})
			.withMessage("body")
			.satisfies((ex) -> assertThat(ex.getSuppressed()).singleElement()
				.isInstanceOf(UndeclaredThrowableException.class)
				.extracting(Throwable::getCause)
				.isInstanceOf(IOException.class));
	}

	@Test
	void failureOfReleaseReachesWhoCloses() {
		LoopLease<String> lease = this.loop.open(acquire(), (object) -> {
			throw new IllegalArgumentException("release of " + object);
		});
		assertThatIllegalArgumentException().isThrownBy(lease::close).withMessage("release of object");
		lease.close();
	}

	@Test
	void errorOfReleaseReachesWhoCloses() {
		LoopLease<String> lease = this.loop.open(acquire(), (object) -> {
			throw new NoClassDefFoundError("release");
		});
		assertThatExceptionOfType(NoClassDefFoundError.class).isThrownBy(lease::close);
	}

	@Test
	void releaseThatReturnsNothingFails() {
		LoopLease<String> lease = this.loop.open(acquire(), (object) -> null);
		assertThatIllegalStateException().isThrownBy(lease::close)
			.withMessage("'release' returned null instead of a Mono");
	}

	@Test
	void closingAgainDoesNothing() {
		LoopLease<String> lease = this.loop.open(acquire(), this::release);
		lease.close();
		lease.close();
		assertThat(this.events).containsExactly("acquire on loop-1", "release on loop-1");
		assertThatIllegalStateException().isThrownBy(lease::get).withMessageContaining("closed");
	}

	@Test
	void manyWhoCloseAtOnceReleaseOnce() throws Exception {
		for (int i = 0; i < 200; i++) {
			AtomicInteger releases = new AtomicInteger();
			LoopLease<String> lease = this.loop.open(Mono.just("object"),
					(object) -> Mono.fromRunnable(releases::incrementAndGet));
			CyclicBarrier barrier = new CyclicBarrier(2);
			CompletableFuture<Void> other = onThreadOfItsOwn(() -> {
				barrier.await(20, TimeUnit.SECONDS);
				lease.close();
				return null;
			});
			barrier.await(20, TimeUnit.SECONDS);
			lease.close();
			assertThat(other).succeedsWithin(LONG);
			assertThat(releases).hasValue(1);
		}
	}

	@Test
	void failureOfAcquireIsThrownAndNothingReleased() {
		assertThatExceptionOfType(UndeclaredThrowableException.class)
			.isThrownBy(() -> this.loop.open(Mono.error(new IOException("acquire")), this::release))
			.withCauseInstanceOf(IOException.class);
		assertThat(this.events).isEmpty();
	}

	@Test
	void emptyAcquireFails() {
		assertThatIllegalStateException()
			.isThrownBy(() -> this.loop.withName("connect").open(Mono.<String>empty(), this::release))
			.withMessageContaining("'connect'")
			.withMessageContaining("empty");
		assertThat(this.events).isEmpty();
	}

	@Test
	void badArgumentsAreNamed() {
		this.loopThread.stop();
		assertThatIllegalArgumentException().isThrownBy(() -> this.loop.open(null, this::release))
			.withMessageContaining("'acquire'");
		assertThatIllegalArgumentException().isThrownBy(() -> this.loop.open(acquire(), null))
			.withMessageContaining("'release'");
		this.loopThread.start();
		LoopLease<String> lease = this.loop.open(acquire(), (object) -> null);
		assertThatIllegalStateException().isThrownBy(lease::close).withMessageContaining("'release'");
	}

	@Test
	void releaseSeesContextOfAcquire() {
		Queue<String> seen = new ConcurrentLinkedQueue<>();
		Mono<String> look = Mono.deferContextual((context) -> {
			seen.add("%s, %s".formatted(CallerValues.current(), context.getOrDefault("hook", "none")));
			return Mono.just("object");
		});
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(), CallerValues.loopContext());
		this.loop = new LoopTemplate(this.loopThread, LONG);
		Hooks.onLastOperator("test", (publisher) -> {
			String value = CallerValues.current();
			return Mono.from(publisher).contextWrite((context) -> context.put("hook", value));
		});
		try {
			LoopLease<String> lease;
			try (CallerValues one = CallerValues.set("one")) {
				lease = this.loop.open(look, (object) -> look.then());
			}
			try (CallerValues another = CallerValues.set("another")) {
				lease.close();
			}
		}
		finally {
			Hooks.resetOnLastOperator("test");
		}
		assertThat(seen).containsExactly("one, one", "one, one");
		assertThat(this.loop.execute(Mono.fromSupplier(CallerValues::current))).isEqualTo("none");
	}

	@Test
	void releaseBelongsToTaskOfItsOwn() {
		AtomicReference<LoopBoundary> acquiring = new AtomicReference<>();
		AtomicReference<LoopBoundary> releasing = new AtomicReference<>();
		try (LoopLease<String> lease = this.loop.open(Mono.deferContextual((context) -> {
			acquiring.set(LoopBoundary.of(context));
			return Mono.just("object");
		}), (object) -> Mono.deferContextual((context) -> {
			releasing.set(LoopBoundary.of(context));
			return Mono.empty();
		}))) {
			assertThat(lease.get()).isEqualTo("object");
		}
		assertThat(acquiring.get()).isNotNull();
		assertThat(releasing.get()).isNotNull().isNotSameAs(acquiring.get());
	}

	@Test
	void interruptWhileAcquiringReleasesObjectThatComesAllTheSame() throws Exception {
		LateObject object = new LateObject();
		WaitingCallers callers = WaitingCallers.start(1, (caller) -> {
			this.waiting.set(Thread.currentThread());
			this.loop.open(object, this::release);
		});
		await().until(object::isAskedFor);
		this.waiting.get().interrupt();
		assertThat(callers.outcomes()).singleElement().isInstanceOf(LoopInterruptedException.class);
		object.emit();
		await().untilAsserted(() -> assertThat(this.events).containsExactly("release on loop-1"));
	}

	@Test
	void timeoutWhileAcquiringReleasesObjectThatComesAllTheSame() {
		this.loopThread.start();
		LateObject object = new LateObject();
		assertTimesOutWhenAskedFor(object);
		object.emit();
		await().untilAsserted(() -> assertThat(this.events).containsExactly("release on loop-1"));
	}

	@Test
	void objectOfFutureThatComesTooLateCanBeDiscarded() {
		this.loopThread.start();
		CompletableFuture<String> future = new CompletableFuture<>();
		Mono<String> acquire = Mono.fromFuture(future, true).doOnDiscard(String.class, this.events::add);
		assertTimesOutWhenAskedFor(acquire);
		assertThat(this.loop.<String>execute(Mono.empty())).isNull();
		future.complete("object");
		assertThat(this.events).containsExactly("object");
	}

	@Test
	void objectThatNobodyAskedForIsReleased() {
		Mono<String> two = new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super String> subscriber) {
				subscriber.onSubscribe(Operators.emptySubscription());
				subscriber.onNext("one");
				subscriber.onNext("two");
				subscriber.onComplete();
			}

		};
		try (LoopLease<String> lease = this.loop.open(two,
				(object) -> Mono.fromRunnable(() -> this.events.add(object)))) {
			assertThat(lease.get()).isEqualTo("one");
			await().untilAsserted(() -> assertThat(this.events).containsExactly("two"));
		}
		assertThat(this.events).containsExactly("two", "one");
	}

	@Test
	void interruptedCallerReleasesWithoutWaiting() {
		Sinks.Empty<Void> released = Sinks.empty();
		LoopLease<String> lease = this.loop.open(acquire(), (object) -> release(object).then(released.asMono()));
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(LoopInterruptedException.class).isThrownBy(lease::close)
			.withMessageContaining("goes on");
		assertThat(Thread.interrupted()).isTrue();
		await().untilAsserted(() -> assertThat(this.events).containsExactly("acquire on loop-1", "release on loop-1"));
		released.tryEmitEmpty();
	}

	@Test
	void interruptWhileClosingDoesNotCancelRelease() throws Exception {
		Sinks.Empty<Void> released = Sinks.empty();
		CompletableFuture<String> end = new CompletableFuture<>();
		LoopLease<String> lease = this.loop.open(acquire(),
				(object) -> release(object).then(released.asMono()).doFinally((signal) -> end.complete("" + signal)));
		WaitingCallers callers = WaitingCallers.start(1, (caller) -> {
			this.waiting.set(Thread.currentThread());
			lease.close();
		});
		this.waiting.get().interrupt();
		assertThat(callers.outcomes()).singleElement().isInstanceOf(LoopInterruptedException.class);
		released.tryEmitEmpty();
		assertThat(end).succeedsWithin(LONG).isEqualTo("onComplete");
	}

	@Test
	void closeWaitsNoLongerThanTimeoutAndReleaseGoesOn() {
		this.loopThread.start();
		Sinks.Empty<Void> released = Sinks.empty();
		CompletableFuture<String> end = new CompletableFuture<>();
		Mono<Void> release = released.asMono().doFinally((signal) -> end.complete("" + signal));
		assertCloseTimesOutWhenItRuns(release).withMessageContaining("'release of connection'")
			.withMessageContaining("50ms")
			.withMessageContaining("goes on");
		assertThat(end).isNotDone();
		released.tryEmitEmpty();
		assertThat(end).succeedsWithin(LONG).isEqualTo("onComplete");
	}

	@Test
	void closeIsBoundedWhileLoopIsBlockedAndReleaseFollows() {
		this.loopThread.start();
		LoopLease<String> lease;
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			lease = this.loop.withTimeout(SHORT).open(acquire(), this::release);
		}
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(lease::close)
				.withMessageContaining("queued");
			assertThat(this.events).containsExactly("acquire on loop-1");
		}
		await().untilAsserted(() -> assertThat(this.events).containsExactly("acquire on loop-1", "release on loop-1"));
	}

	@Test
	void failureThatNobodyWaitsForIsLogged(CapturedOutput output) {
		this.loopThread.start();
		Sinks.Empty<Void> released = Sinks.empty();
		assertCloseTimesOutWhenItRuns(released.asMono());
		released.tryEmitError(new IOException("reset"));
		await().untilAsserted(() -> assertThat(output).contains("Lease 'connection' was not released")
			.contains("java.io.IOException: reset"));
	}

	@Test
	void closingOnLoopThreadBeginsToRelease() {
		LoopLease<String> lease = this.loop.open(acquire(), this::release);
		this.loop.execute(Mono.fromRunnable(lease::close));
		await().untilAsserted(() -> assertThat(this.events).containsExactly("acquire on loop-1", "release on loop-1"));
	}

	@Test
	void openingOnLoopThreadIsRefused() {
		assertThatIllegalStateException()
			.isThrownBy(() -> this.loop.execute(Mono.fromRunnable(() -> this.loop.open(acquire(), this::release))))
			.withMessageContaining("LoopTemplate.open")
			.withMessageContaining("usingWhen");
		assertThat(this.events).isEmpty();
	}

	@Test
	void interruptedCallerAcquiresNothing() {
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(LoopInterruptedException.class)
			.isThrownBy(() -> this.loop.open(acquire(), this::release));
		assertThat(Thread.interrupted()).isTrue();
		assertThat(this.events).isEmpty();
	}

	@Test
	void limitCountsWhoAcquiresAndNotWhoHolds() {
		this.loopThread = loopThread(LoopSettings.defaults().withMaxConcurrentTasks(1));
		this.loop = new LoopTemplate(this.loopThread, LONG);
		try (LoopLease<String> first = this.loop.open(acquire(), this::release);
				LoopLease<String> second = this.loop.open(acquire(), this::release)) {
			assertThat(this.loopThread.activeTasks()).isZero();
			assertThat(this.loopThread.openLeases()).isEqualTo(2);
			assertThat(this.loop.execute(Mono.fromSupplier(second::get))).isEqualTo("object");
			CompletableFuture<Object> task = this.loop.submit(Mono.never());
			assertThatExceptionOfType(LoopOverloadedException.class)
				.isThrownBy(() -> this.loop.open(acquire(), this::release));
			task.cancel(false);
		}
		assertThat(this.events).hasSize(4);
	}

	@Test
	void objectIsNotForThreadOfAnotherLoop() {
		LoopThread other = new LoopThread(LoopSettings.defaults().withName("other"), List.of());
		other.start();
		try (LoopLease<String> lease = this.loop.withName("connection").open(acquire(), this::release)) {
			LoopTemplate onOther = new LoopTemplate(other, LONG);
			assertThatIllegalStateException().isThrownBy(() -> onOther.execute(Mono.fromSupplier(lease::get)))
				.withMessageContaining("'connection'")
				.withMessageContaining("'other-1'");
			assertThat(this.loop.execute(Mono.fromSupplier(lease::get))).isEqualTo("object");
		}
		finally {
			other.stop();
		}
	}

	@Test
	void stopWaitsForLeaseAsForTask() throws Exception {
		this.loopThread = loopThread(LoopSettings.defaults().withDrainTimeout(LONG));
		this.loop = new LoopTemplate(this.loopThread, LONG);
		LoopLease<String> lease = this.loop.open(acquire(), this::release);
		CompletableFuture<Void> stopped = beginStop();
		await().untilAsserted(() -> assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> this.loop.execute(Mono.just("another"))));
		assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> this.loop.open(acquire(), this::release));
		assertThat(lease.get()).isEqualTo("object");
		lease.close();
		assertThat(stopped).succeedsWithin(LONG);
		assertThat(this.events).containsExactly("acquire on loop-1", "release on loop-1");
	}

	@Test
	void stopReleasesBeforeResourcesCloseAndWaitsForThat() {
		this.loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ZERO),
				List.of(LoopResource.of("pool", (loop) -> Mono.just("pool"),
						(pool) -> Mono.fromRunnable(() -> this.events.add("close pool")))));
		this.loop = new LoopTemplate(this.loopThread, LONG);
		LoopLease<String> lease = this.loop.open(acquire(),
				(object) -> release(object).then(Mono.delay(Duration.ofMillis(100), this.loopThread.scheduler()))
					.then(Mono.fromRunnable(() -> this.events.add("released"))));
		this.loopThread.stop();
		assertThat(this.events).containsExactly("acquire on loop-1", "release on loop-1", "released", "close pool");
		assertThatExceptionOfType(LoopStoppedException.class).isThrownBy(lease::get);
		lease.close();
		assertThat(this.events).hasSize(4);
	}

	@Test
	void stopDoesNotWaitForReleaseBeyondItsBound(CapturedOutput output) {
		this.loopThread = loopThread(LoopSettings.defaults()
			.withDrainTimeout(Duration.ZERO)
			.withCloseTimeout(Duration.ofSeconds(1))
			.withWatchdogThreshold(Duration.ZERO));
		this.loop = new LoopTemplate(this.loopThread, LONG).withName("connection");
		this.loop.open(acquire(), (object) -> Mono.never());
		this.loopThread.stop();
		assertThat(output).contains("Lease 'connection' was not released within 1000ms")
			.contains("loop.shutdown.close-timeout")
			.doesNotContain("\tat ");
	}

	@Test
	void stopWakesWhoWaitsForRelease() throws Exception {
		this.loopThread = loopThread(
				LoopSettings.defaults().withDrainTimeout(Duration.ZERO).withCloseTimeout(Duration.ofMillis(200)));
		this.loop = new LoopTemplate(this.loopThread, LONG);
		LoopLease<String> lease = this.loop.open(acquire(), (object) -> Mono.never());
		WaitingCallers callers = WaitingCallers.start(1, (caller) -> lease.close());
		this.loopThread.stop();
		assertThat(callers.outcomes()).singleElement().isInstanceOf(LoopStoppedException.class);
	}

	@Test
	void stuckLoopReleasesWhenItAnswersAgain() {
		this.loopThread = loopThread(
				LoopSettings.defaults().withDrainTimeout(Duration.ZERO).withCloseTimeout(Duration.ofMillis(100)));
		this.loop = new LoopTemplate(this.loopThread, LONG);
		this.loop.open(acquire(), this::release);
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			this.loopThread.stop();
			assertThat(this.events).containsExactly("acquire on loop-1");
		}
		await().untilAsserted(() -> assertThat(this.events).containsExactly("acquire on loop-1", "release on loop-1"));
		await().untilAsserted(() -> LoopThreads.assertNone("loop"));
	}

	@Test
	void objectThatComesWhenLoopHasStoppedIsReleasedWhereItComes() {
		this.loopThread.start();
		LateObject object = new LateObject();
		assertTimesOutWhenAskedFor(object);
		this.loopThread.stop();
		object.emit();
		assertThat(this.events).containsExactly("release on " + Thread.currentThread().getName());
	}

	@Test
	void leaseOfEarlierLifeIsNotThatOfTheNext() {
		LoopLease<String> lease = this.loop.open(acquire(), this::release);
		this.loopThread.stop();
		this.loopThread.start();
		assertThatExceptionOfType(LoopStoppedException.class).isThrownBy(lease::get);
		lease.close();
		assertThat(this.events).containsExactly("acquire on loop-1", "release on loop-1");
	}

	@Test
	void loopThatDiesReleasesAsItsLastAct() throws Exception {
		this.loopThread = loopThread(LoopSettings.defaults().withTransport(Transport.NIO));
		this.loop = new LoopTemplate(this.loopThread, LONG);
		LoopLease<String> lease = this.loop.open(acquire(), this::release);
		LoopLease<String> slow = this.loop.open(acquire(), (object) -> Mono.never());
		WaitingCallers callers = WaitingCallers.start(1, (caller) -> slow.close());
		OutOfMemoryError cause = new OutOfMemoryError("made up");
		new LoopKiller().kill(this.loopThread, cause);
		assertThat(callers.outcomes()).singleElement()
			.isInstanceOf(LoopStoppedException.class)
			.extracting(Throwable::getCause)
			.isSameAs(cause);
		await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
		assertThat(this.events).containsExactly("acquire on loop-1", "acquire on loop-1", "release on loop-1");
		lease.close();
		assertThatExceptionOfType(LoopStoppedException.class).isThrownBy(lease::get);
	}

	@Test
	@Tag("stress")
	void leasesThatRaceWithStopAreReleasedOnce() throws Exception {
		for (int i = 0; i < 100; i++) {
			this.loopThread.start();
			AtomicInteger acquired = new AtomicInteger();
			AtomicInteger released = new AtomicInteger();
			CountDownLatch some = new CountDownLatch(10);
			List<CompletableFuture<Void>> callers = IntStream.range(0, 4)
				.mapToObj((caller) -> LoopLeaseTests.<Void>onThreadOfItsOwn(() -> {
					while (true) {
						try (LoopLease<Integer> lease = this.loop.open(Mono.fromSupplier(acquired::incrementAndGet),
								(object) -> Mono.fromRunnable(released::incrementAndGet))) {
							some.countDown();
						}
						catch (LoopStoppedException | LoopNotRunningException ex) {
							return null;
						}
					}
				}))
				.toList();
			assertThat(some.await(20, TimeUnit.SECONDS)).isTrue();
			this.loopThread.stop();
			assertThat(callers).allSatisfy((caller) -> assertThat(caller).succeedsWithin(LONG));
			assertThat(released).hasValue(acquired.get());
		}
	}

	@Test
	void everyObjectThatComesIsReleasedOnceWhateverTheEnding() {
		this.loopThread.start();
		int rounds = 500 * Integer.getInteger("storm.factor", 1);
		AtomicInteger released = new AtomicInteger();
		int leases = 0;
		List<CompletableFuture<Void>> emissions = new ArrayList<>();
		for (int i = 0; i < rounds; i++) {
			LateObject object = new LateObject();
			object.whenAskedFor(() -> emissions.add(onThreadOfItsOwn(() -> {
				LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(2_000_000));
				object.emit();
				return null;
			})));
			try (LoopLease<String> lease = this.loop.withTimeout(Duration.ofMillis(1))
				.open(object, (value) -> Mono.fromRunnable(released::incrementAndGet))) {
				leases++;
			}
			catch (LoopTimeoutException ex) {
				// Comes later and is released then, or its task has never started
			}
		}
		this.loop.<Void>execute(Mono.empty());
		assertThat(emissions).allSatisfy((emission) -> assertThat(emission).succeedsWithin(LONG));
		await().untilAsserted(() -> assertThat(released).hasValue(emissions.size()));
		assertThat(leases).isBetween(1, emissions.size() - 1);
	}

	@Test
	void directOperationsNeedNoLoop() {
		LoopOperations direct = LoopOperations.direct();
		String thread = Thread.currentThread().getName();
		try (LoopLease<String> lease = direct.open(acquire(), this::release)) {
			assertThat(lease.get()).isEqualTo("object");
		}
		assertThat(this.events).containsExactly("acquire on " + thread, "release on " + thread);
	}

	private ThrowableAssertAlternative<LoopTimeoutException> assertCloseTimesOutWhenItRuns(Mono<Void> release) {
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			LoopLease<String> lease = this.loop.withName("connection")
				.withTimeout(SHORT)
				.open(acquire(), (object) -> deadlines.passWhenSubscribed(release));
			return assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(lease::close);
		}
	}

	private void assertTimesOutWhenAskedFor(Mono<String> acquire) {
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(
					() -> this.loop.withTimeout(SHORT).open(deadlines.passWhenSubscribed(acquire), this::release));
		}
	}

	private Mono<String> acquire() {
		return Mono.fromSupplier(() -> {
			this.events.add("acquire on " + Thread.currentThread().getName());
			return "object";
		});
	}

	private Mono<Void> release(String object) {
		return Mono.fromRunnable(() -> this.events.add("release on " + Thread.currentThread().getName()));
	}

	private CompletableFuture<Void> beginStop() {
		CompletableFuture<Void> stopped = new CompletableFuture<>();
		this.loopThread.stop(() -> stopped.complete(null));
		await().until(() -> !this.loopThread.isRunning());
		return stopped;
	}

	private static LoopThread loopThread(LoopSettings settings) {
		return new LoopThread(settings, List.of());
	}

	private static <T> CompletableFuture<T> onThreadOfItsOwn(Callable<T> call) {
		return new SimpleAsyncTaskExecutor("caller-").submitCompletable(call);
	}

	/**
	 * An object that comes although its subscription has been cancelled.
	 */
	private static final class LateObject extends Mono<String> {

		private final CompletableFuture<CoreSubscriber<? super String>> subscriber = new CompletableFuture<>();

		private Runnable whenAskedFor = () -> {
		};

		@Override
		public void subscribe(CoreSubscriber<? super String> subscriber) {
			subscriber.onSubscribe(Operators.emptySubscription());
			this.subscriber.complete(subscriber);
			this.whenAskedFor.run();
		}

		void whenAskedFor(Runnable action) {
			this.whenAskedFor = action;
		}

		boolean isAskedFor() {
			return this.subscriber.isDone();
		}

		void emit() {
			CoreSubscriber<? super String> subscriber = this.subscriber.join();
			subscriber.onNext("object");
			subscriber.onComplete();
		}

	}

}
