package io.github.loopthread;

import java.net.ConnectException;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.FastThreadLocalThread;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.NonBlocking;
import reactor.core.scheduler.Schedulers;
import reactor.test.publisher.PublisherProbe;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationContextException;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.task.SimpleAsyncTaskExecutor;

import io.github.loopthread.Seams.Seam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link LoopThread}.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class LoopThreadTests {

	private final Queue<String> events = new ConcurrentLinkedQueue<>();

	private LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of());

	@AfterEach
	void stopAndLeaveNothing() {
		this.loopThread.stop();
		LoopThreads.assertNone("loop");
	}

	@Test
	void hasNoThreadBeforeStart() {
		assertThat(this.loopThread.state()).isEqualTo(LoopThread.State.NEW);
		assertThat(this.loopThread.isRunning()).isFalse();
		assertThat(this.loopThread.getGeneration()).isZero();
		assertThat(LoopThreads.alive("loop")).isEmpty();
	}

	@Test
	void hasNothingToTellBeforeStartAndAfterStop() {
		assertHasNothingToTell();
		this.loopThread.start();
		this.loopThread.stop();
		assertHasNothingToTell();
	}

	@Test
	void hasOneLoopThreadThatMustNotBlock() {
		this.loopThread.start();
		Thread thread = thread();
		assertThat(thread).isInstanceOf(FastThreadLocalThread.class).isInstanceOf(NonBlocking.class);
		assertThat(this.loopThread.getName()).isEqualTo("loop");
		assertThat(thread.getName()).isEqualTo("loop-1");
		assertThat(thread.isDaemon()).isTrue();
		assertThat(thread.getContextClassLoader()).isSameAs(Thread.currentThread().getContextClassLoader());
		await().untilAsserted(() -> assertThat(LoopThreads.alive("loop")).containsExactly("loop-1", "loop-1-watchdog"));
	}

	@Test
	void inheritsNoThreadLocalOfStarter() {
		InheritableThreadLocal<String> local = new InheritableThreadLocal<>();
		local.set("of the starter");
		this.loopThread.start();
		assertThat(template().execute(Mono.fromSupplier(() -> String.valueOf(local.get())))).isEqualTo("null");
	}

	@Test
	@Tag(Seams.TAG)
	@DisplayName("J6 threads that take care of the loop")
	void noThreadThatTakesCareOfLoopInheritsThreadLocalOfStarter() {
		InheritableThreadLocal<String> local = new InheritableThreadLocal<>();
		local.set("of the starter");
		Queue<String> seen = new ConcurrentLinkedQueue<>();
		this.loopThread.addListener(new LoopListener() {

			@Override
			public void started() {
				seen.add("%s: %s".formatted(Thread.currentThread().getName(), local.get()));
			}

			@Override
			public void answered(Duration lag) {
				seen.add("%s: %s".formatted(Thread.currentThread().getName(), local.get()));
			}

		});
		this.loopThread.start();
		try (Seams seams = new Seams()) {
			Seam completion = seams.before(FutureCompletions.class, "supervise");
			CompletableFuture<String> future = template().withTimeout(Duration.ofMillis(1))
				.submit(Mono.<String>never())
				.handle((value, ex) -> "%s: %s".formatted(Thread.currentThread().getName(), local.get()));
			completion.release();
			assertThat(future).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("loop-1-futures: null");
		}
		await().untilAsserted(() -> assertThat(seen).contains("loop-1-start: null", "loop-1-watchdog: null")
			.allMatch((line) -> line.endsWith(": null")));
	}

	@Test
	void listenerThatBlocksWhenLoopHasStartedKeepsNoStop() throws Exception {
		CountDownLatch told = new CountDownLatch(1);
		CountDownLatch goOn = new CountDownLatch(1);
		this.loopThread = new LoopThread(LoopSettings.defaults().withCloseTimeout(Duration.ofMillis(200)), List.of());
		this.loopThread.addListener(new LoopListener() {

			@Override
			public void started() {
				told.countDown();
				awaitBounded(goOn);
			}

		});
		CompletableFuture<Void> started = CompletableFuture.runAsync(this.loopThread::start);
		assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
		CompletableFuture<Void> stopped = CompletableFuture.runAsync(this.loopThread::stop);
		assertThat(stopped).succeedsWithin(Duration.ofSeconds(10));
		assertThat(this.loopThread.state()).isEqualTo(LoopThread.State.STOPPED);
		goOn.countDown();
		assertThat(started).succeedsWithin(Duration.ofSeconds(20));
	}

	@Test
	void resourceIsNotTakenTwice() {
		LoopResource<String> resource = resource("twice");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new LoopThread(LoopSettings.defaults(), List.of(resource, resource)))
			.withMessageStartingWith("'resources' must not contain a resource twice: [")
			.withMessageContaining("twice");
	}

	@Test
	void sourceIsCancelledAlsoWhereValuesOfCallerCannotBeSet() throws Exception {
		AtomicBoolean broken = new AtomicBoolean();
		ContextSnapshot snapshot = mock(ContextSnapshot.class, (call) -> {
			if (!call.getMethod().getName().equals("setThreadLocals")) {
				return call.getArgument(0);
			}
			if (broken.get()) {
				throw new IllegalStateException("not set");
			}
			ContextSnapshot.Scope none = () -> {
			};
			return none;
		});
		ContextSnapshotFactory snapshots = mock(ContextSnapshotFactory.class, (call) -> snapshot);
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(),
				new LoopContext(() -> snapshots, List.of()));
		this.loopThread.start();
		CountDownLatch subscribed = new CountDownLatch(1);
		CountDownLatch cancelled = new CountDownLatch(1);
		CompletableFuture<Object> future = template().submit(
				Mono.never().doOnSubscribe((subscription) -> subscribed.countDown()).doOnCancel(cancelled::countDown));
		assertThat(subscribed.await(20, TimeUnit.SECONDS)).isTrue();
		broken.set(true);
		future.cancel(false);
		assertThat(cancelled.await(20, TimeUnit.SECONDS)).isTrue();
		broken.set(false);
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
	void isNoExecutor() {
		assertThat(this.loopThread).isNotInstanceOf(Executor.class);
	}

	@Test
	void startReturnsWhenThreadRunsAndEveryResourceIsOpen() {
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(resource("first"), resource("second")));
		this.loopThread.start();
		assertThat(this.loopThread.isRunning()).isTrue();
		assertThat(this.events).containsExactly("open first on loop-1", "open second on loop-1");
	}

	@Test
	void startWhileRunningChangesNothing() {
		this.loopThread.start();
		Thread thread = thread();
		this.loopThread.start();
		assertThat(thread()).isSameAs(thread);
		assertThat(this.loopThread.getGeneration()).isEqualTo(1);
	}

	@Test
	void concurrentStartsMakeOneThread() throws Exception {
		for (int round = 1; round <= 50; round++) {
			CyclicBarrier barrier = new CyclicBarrier(8);
			List<Thread> starters = new ArrayList<>();
			AtomicInteger running = new AtomicInteger();
			for (int i = 0; i < 8; i++) {
				starters.add(new Thread(() -> {
					awaitBarrier(barrier);
					this.loopThread.start();
					if (this.loopThread.isRunning()) {
						running.incrementAndGet();
					}
				}));
			}
			starters.forEach(Thread::start);
			for (Thread starter : starters) {
				starter.join(20_000);
			}
			assertThat(running).hasValue(8);
			assertThat(this.loopThread.getGeneration()).isEqualTo(round);
			this.loopThread.stop();
		}
	}

	@Test
	@Tag("stress")
	void concurrentStopsCallBackOnceEach() throws Exception {
		int rounds = 50;
		int atOnce = 16;
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(resource("first")));
		CyclicBarrier barrier = new CyclicBarrier(atOnce);
		Queue<String> callbacks = new ConcurrentLinkedQueue<>();
		for (int round = 1; round <= rounds; round++) {
			this.loopThread.start();
			CountDownLatch calledBack = new CountDownLatch(atOnce);
			for (int i = 0; i < atOnce; i++) {
				String stop = "stop %d of round %d".formatted(i, round);
				new Thread(() -> {
					awaitBarrier(barrier);
					this.loopThread.stop(() -> {
						callbacks.add("%s, %s".formatted(stop, this.loopThread.state()));
						calledBack.countDown();
					});
				}).start();
			}
			assertThat(calledBack.await(20, TimeUnit.SECONDS)).isTrue();
		}
		LoopThreads.assertNone("loop");
		assertThat(callbacks).hasSize(rounds * atOnce)
			.doesNotHaveDuplicates()
			.allSatisfy((callback) -> assertThat(callback).endsWith("STOPPED"));
		assertThat(this.events).filteredOn((event) -> event.startsWith("close")).hasSize(rounds);
		assertThat(this.loopThread.getGeneration()).isEqualTo(rounds);
	}

	@Test
	@Tag("stress")
	void startsAndStopsThatRaceLeaveLoopRunningOrStopped() throws Exception {
		for (int round = 0; round < 200; round++) {
			CyclicBarrier barrier = new CyclicBarrier(4);
			List<Runnable> actions = List.of(this.loopThread::start, this.loopThread::stop, this.loopThread::start,
					this.loopThread::stop);
			List<CompletableFuture<Void>> ends = new ArrayList<>();
			for (Runnable action : actions) {
				ends.add(onThreadOfItsOwn(() -> {
					awaitBarrier(barrier);
					action.run();
					return null;
				}));
			}
			assertThat(ends).allSatisfy((end) -> assertThat(end).succeedsWithin(Duration.ofSeconds(20)));
			assertThat(this.loopThread.state()).isIn(LoopThread.State.RUNNING, LoopThread.State.STOPPED);
			if (this.loopThread.isRunning()) {
				assertThat(thread().getName()).isEqualTo("loop-" + this.loopThread.getGeneration());
			}
		}
		this.loopThread.stop();
		LoopThreads.assertNone("loop");
	}

	@Test
	void stopOfLoopThatDoesNotRunCallsBackOnce() {
		AtomicInteger callbacks = new AtomicInteger();
		this.loopThread.stop(callbacks::incrementAndGet);
		assertThat(callbacks).hasValue(1);
		this.loopThread.start();
		this.loopThread.stop();
		this.loopThread.stop(callbacks::incrementAndGet);
		assertThat(callbacks).hasValue(2);
	}

	@Test
	void stopCallsBackAlthoughResourcesFailToClose() {
		LoopResource<String> stuck = LoopResource.of("stuck", (loop) -> Mono.just("open"), (value) -> Mono.never());
		this.loopThread = new LoopThread(LoopSettings.defaults().withCloseTimeout(Duration.ofMillis(50)),
				List.of(stuck, closingWithError()));
		this.loopThread.start();
		AtomicInteger callbacks = new AtomicInteger();
		this.loopThread.stop(callbacks::incrementAndGet);
		await().until(() -> callbacks.get() > 0);
		LoopThreads.assertNone("loop");
		assertThat(callbacks).hasValue(1);
	}

	@Test
	void firstCallStartsOnDemand() {
		assertThat(template().execute(Mono.fromSupplier(() -> Thread.currentThread().getName()))).isEqualTo("loop-1");
		assertThat(this.loopThread.isRunning()).isTrue();
	}

	@Test
	void stopBeforeStartMakesNoThreadAndEndsStartOnDemand() {
		this.loopThread.stop();
		assertThat(this.loopThread.state()).isEqualTo(LoopThread.State.STOPPED);
		assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> template().execute(Mono.just("never")));
		assertThat(this.loopThread.getGeneration()).isZero();
	}

	@Test
	void failingResourceFailsStartAndClosesThoseOpened(CapturedOutput output) {
		IllegalArgumentException failure = new IllegalArgumentException("no such host");
		LoopResource<String> broken = LoopResource.of("broken", (loop) -> Mono.error(failure), (value) -> Mono.empty());
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(resource("first"), broken));
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(this.loopThread::start)
			.withMessageContaining("'loop'")
			.withMessageContaining("'broken'")
			.withMessageContaining("no such host")
			.withRootCauseInstanceOf(IllegalArgumentException.class);
		assertThat(this.events).containsExactly("open first on loop-1", "close first on loop-1");
		assertThat(this.loopThread.state()).isEqualTo(LoopThread.State.STOPPED);
		LoopThreads.assertNone("loop");
	}

	@Test
	void resourceThatOpensNothingFailsStart() {
		LoopResource<String> empty = LoopResource.of("empty", (loop) -> Mono.empty(), (value) -> Mono.empty());
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(empty));
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(this.loopThread::start)
			.withMessageContaining("'empty'")
			.withMessageContaining("empty");
	}

	@Test
	void resourceThatNeverOpensFailsStartWithinItsBound() {
		LoopResource<String> slow = LoopResource.of("slow", (loop) -> Mono.never(), (value) -> Mono.empty());
		this.loopThread = new LoopThread(LoopSettings.defaults().withStartupTimeout(Duration.ofSeconds(1)),
				List.of(slow));
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(this.loopThread::start)
			.withMessageContaining("'slow' did not open within 1000ms")
			.withMessageContaining("loop.startup-timeout");
	}

	@Test
	void stopEndsStartThatIsUnderWay() throws Exception {
		CountDownLatch opening = new CountDownLatch(1);
		LoopResource<String> never = LoopResource.of("never",
				(loop) -> Mono.<String>never().doOnSubscribe((subscription) -> opening.countDown()),
				(value) -> Mono.empty());
		this.loopThread = new LoopThread(LoopSettings.defaults().withStartupTimeout(Duration.ofMinutes(10)),
				List.of(resource("first"), never, resource("third")));
		CompletableFuture<Void> started = CompletableFuture.runAsync(this.loopThread::start);
		assertThat(opening.await(20, TimeUnit.SECONDS)).isTrue();
		this.loopThread.stop();
		assertThat(this.loopThread.state()).isEqualTo(LoopThread.State.STOPPED);
		assertThat(this.events).containsExactly("open first on loop-1", "close first on loop-1");
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> started.get(20, TimeUnit.SECONDS))
			.havingCause()
			.isInstanceOf(LoopNotRunningException.class)
			.withMessageContaining("'never' did not open");
	}

	@Test
	void startMaySucceedAfterOneThatFailed() {
		AtomicInteger attempts = new AtomicInteger();
		LoopResource<String> second = LoopResource.of(
				"flaky", (loop) -> (attempts.incrementAndGet() == 1)
						? Mono.error(new IllegalStateException("first attempt")) : Mono.just("open"),
				(value) -> Mono.empty());
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(second));
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(this.loopThread::start);
		assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> template().execute(Mono.just("never")));
		this.loopThread.start();
		assertThat(second.get()).isEqualTo("open");
	}

	@ParameterizedTest(name = "A6 no thread is to be had for {0}")
	@Tag(Seams.TAG)
	@ValueSource(strings = { "newCaretaker", "newLoopThread" })
	void startThatGetsNoThreadFailsAndTheNextSucceeds(String thread) {
		LoopResource<String> resource = resource("first");
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(resource));
		try (Seams seams = new Seams()) {
			seams.fail(GenerationThreads.class, thread, new OutOfMemoryError("unable to create native thread"));
			assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(this.loopThread::start)
				.withMessageContaining("unable to create native thread");
		}
		assertThat(this.loopThread.state()).isEqualTo(LoopThread.State.STOPPED);
		LoopThreads.assertNone("loop");
		assertThat(this.events).isEmpty();
		this.loopThread.start();
		assertThat(resource.get()).isEqualTo("first of loop-2");
	}

	@Test
	void failingResourceIsNamedWhateverItThrows() {
		for (Throwable failure : List.of(new ConnectException("refused"), new NoClassDefFoundError("missing"))) {
			this.loopThread = new LoopThread(LoopSettings.defaults(),
					List.of(LoopResource.of("broken", (loop) -> Mono.error(failure), (value) -> Mono.empty())));
			assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(this.loopThread::start)
				.withMessageContaining("'broken'")
				.withMessageContaining(failure.toString());
		}
	}

	@Test
	void errorWhileResourceClosesStopsNothing(CapturedOutput output) {
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(resource("first"), closingWithError()));
		this.loopThread.start();
		this.loopThread.stop();
		assertThat(this.events).containsExactly("open first on loop-1", "close first on loop-1");
		assertThat(output).contains("'unclosable'");
		LoopThreads.assertNone("loop");
	}

	@Test
	void errorWhileResourceClosesAfterFailedStartStopsNothing() {
		LoopResource<String> broken = LoopResource.of("broken", (loop) -> Mono.error(new IllegalStateException()),
				(value) -> Mono.empty());
		this.loopThread = new LoopThread(LoopSettings.defaults(),
				List.of(resource("first"), closingWithError(), broken));
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(this.loopThread::start)
			.withMessageContaining("'broken'");
		assertThat(this.events).containsExactly("open first on loop-1", "close first on loop-1");
		LoopThreads.assertNone("loop");
	}

	@Test
	void resourceThatFailsToCloseIsClosedOnce(CapturedOutput output) {
		LoopResource<String> failing = LoopResource.of("failing", (loop) -> Mono.just("open"), (value) -> {
			this.events.add("close failing");
			return Mono.error(new IllegalStateException("connection was broken before"));
		});
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(failing));
		this.loopThread.start();
		this.loopThread.stop();
		this.loopThread.stop();
		assertThat(this.events).containsExactly("close failing");
		assertThat(output).contains("'failing'").contains("connection was broken before");
	}

	@Test
	void resourceThatOpensTooLateIsClosedAndDoesNotReplaceTheNext() {
		CountDownLatch release = new CountDownLatch(1);
		AtomicInteger attempts = new AtomicInteger();
		LoopResource<String> slow = LoopResource.of("slow", (loop) -> Mono.fromCallable(() -> {
			int attempt = attempts.incrementAndGet();
			if (attempt == 1) {
				release.await(20, TimeUnit.SECONDS);
			}
			return "value " + attempt;
		}), (value) -> Mono.fromRunnable(() -> this.events.add("close " + value)));
		this.loopThread = new LoopThread(LoopSettings.defaults()
			.withStartupTimeout(Duration.ofMillis(1500))
			.withCloseTimeout(Duration.ofMillis(50)), List.of(slow));
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(this.loopThread::start);
		this.loopThread.start();
		release.countDown();
		await().until(() -> this.events.contains("close value 1"));
		assertThat(slow.get()).isEqualTo("value 2");
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			this.loopThread.stop();
		}
		assertThat(this.events).containsExactly("close value 1", "close value 2");
	}

	@Test
	void resourceMayLeaveLoopAndComeBackWhileItOpens() {
		LoopResource<String> hopping = LoopResource.of("hopping",
				(loop) -> Mono.fromSupplier(() -> "value")
					.subscribeOn(Schedulers.boundedElastic())
					.publishOn(loop.scheduler())
					.map((value) -> value + " on " + Thread.currentThread().getName()),
				(value) -> Mono.empty());
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(hopping));
		this.loopThread.start();
		assertThat(hopping.get()).isEqualTo("value on loop-1");
	}

	@Test
	void startOnLoopThreadIsRefusedWhileItStarts() {
		LoopResource<String> starting = LoopResource.of("starting", (loop) -> {
			loop.start();
			return Mono.just("never");
		}, (value) -> Mono.empty());
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(starting));
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(this.loopThread::start)
			.withMessageContaining("LoopThread.start must not wait on thread 'loop-1'");
	}

	@Test
	void threadThatMustNotBlockDoesNotStartLoopOnDemand() {
		Mono<CompletableFuture<String>> submit = Mono.fromSupplier(() -> template().submit(Mono.just("never")));
		assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> submit.subscribeOn(Schedulers.parallel()).block())
			.withMessageContaining("has not started yet");
		assertThat(this.loopThread.state()).isEqualTo(LoopThread.State.NEW);
	}

	@Test
	void threadHasContextClassLoaderOfApplicationWhoeverStartsIt() {
		ClassLoader application = Thread.currentThread().getContextClassLoader();
		Thread.currentThread().setContextClassLoader(new URLClassLoader(new URL[0], null));
		try {
			this.loopThread.start();
		}
		finally {
			Thread.currentThread().setContextClassLoader(application);
		}
		assertThat(thread().getContextClassLoader()).isSameAs(application);
	}

	@Test
	@Tag(Seams.TAG)
	void startThatHasFailedKeepsNoClassLoader() {
		LoopResource<String> broken = LoopResource.of("broken", (loop) -> Mono.error(new IllegalStateException()),
				(value) -> Mono.empty());
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(broken));
		try (Seams seams = new Seams()) {
			Seam end = seams.after(LoopGeneration.class, "open");
			assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(this.loopThread::start);
			end.awaitReached();
			assertThat(Thread.getAllStackTraces().keySet()).filteredOn("name", "loop-1-start")
				.singleElement()
				.extracting(Thread::getContextClassLoader)
				.isNull();
		}
	}

	@Test
	void boundsMayBeTinyOrHuge() {
		this.loopThread = new LoopThread(LoopSettings.defaults()
			.withDrainTimeout(Duration.ofSeconds(Long.MAX_VALUE))
			.withStartupTimeout(Duration.ofSeconds(Long.MAX_VALUE))
			.withCloseTimeout(Duration.ofNanos(1)), List.of());
		this.loopThread.start();
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			this.loopThread.stop();
			assertThat(this.loopThread.state()).isEqualTo(LoopThread.State.STOPPED);
		}
	}

	@Test
	void stuckLoopCostsStopOneBoundHoweverManyResources() {
		List<LoopResource<?>> resources = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			resources.add(resource("r" + i));
		}
		this.loopThread = new LoopThread(LoopSettings.defaults().withCloseTimeout(Duration.ofMillis(500)), resources);
		this.loopThread.start();
		long start = System.nanoTime();
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			this.loopThread.stop();
		}
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
		await().until(() -> this.events.size() == 40);
	}

	@Test
	void callbackThatFailsIsReported(CapturedOutput output) {
		this.loopThread.start();
		this.loopThread.stop(() -> {
			throw new IllegalStateException("broken callback");
		});
		await().untilAsserted(() -> assertThat(output).contains("broken callback"));
	}

	@Test
	void stopLetsTasksEndThenClosesResourcesInReverse() {
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(resource("first"), resource("second")));
		this.loopThread.start();
		Sinks.One<String> result = Sinks.one();
		CompletableFuture<String> task = template().submit(result.asMono()
			.doOnNext((value) -> this.events.add("task ended"))
			.publishOn(this.loopThread.scheduler()));
		CountDownLatch stopped = new CountDownLatch(1);
		this.loopThread.stop(stopped::countDown);
		await().until(() -> this.loopThread.state() == LoopThread.State.DRAINING);
		await().untilAsserted(() -> assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> template().execute(Mono.just("another")))
			.withMessageContaining("is stopping"));
		assertThat(stopped.getCount()).isEqualTo(1);
		result.tryEmitValue("value");
		assertThat(task.join()).isEqualTo("value");
		await().until(() -> stopped.getCount() == 0);
		assertThat(this.events).containsExactly("open first on loop-1", "open second on loop-1", "task ended",
				"close second on loop-1", "close first on loop-1");
		assertThat(this.loopThread.state()).isEqualTo(LoopThread.State.STOPPED);
	}

	@Test
	void callersWhoseTasksEndWhileStopDrainsGetTheirResults() {
		this.loopThread.start();
		Sinks.One<String> result = Sinks.one();
		List<CompletableFuture<String>> callers = List.of(onThreadOfItsOwn(() -> template().execute(result.asMono())),
				onThreadOfItsOwn(() -> template().execute(result.asMono())));
		await().until(() -> this.loopThread.activeTasks() == 2);
		CompletableFuture<Void> stopped = beginStop();
		assertThat(stopped).isNotDone();
		result.tryEmitValue("value");
		assertThat(stopped).succeedsWithin(Duration.ofSeconds(10));
		assertThat(callers)
			.allSatisfy((caller) -> assertThat(caller).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("value"));
	}

	@Test
	void taskMayUseResourceUntilItEnds() {
		LoopResource<String> resource = resource("first");
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(resource));
		this.loopThread.start();
		Sinks.One<String> release = Sinks.one();
		CompletableFuture<String> task = template()
			.submit(release.asMono().publishOn(this.loopThread.scheduler()).map((value) -> resource.get()));
		CompletableFuture<Void> stopped = beginStop();
		release.tryEmitValue("go on");
		assertThat(task).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("first of loop-1");
		assertThat(stopped).succeedsWithin(Duration.ofSeconds(10));
	}

	@Test
	void taskThatWasCancelledDoesNotHoldUpStop() {
		this.loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ofMinutes(5)), List.of());
		this.loopThread.start();
		PublisherProbe<String> task = PublisherProbe.of(Mono.never());
		CompletableFuture<String> future = template().submit(task.mono());
		await().until(task::wasSubscribed);
		future.cancel(false);
		assertThat(onThreadOfItsOwn(() -> {
			this.loopThread.stop();
			return "stopped";
		})).succeedsWithin(Duration.ofSeconds(10));
	}

	@Test
	void futureThatIsCancelledWhileStopDrainsCancelsTaskAndLetsStopEnd() {
		this.loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ofMinutes(5)), List.of());
		this.loopThread.start();
		PublisherProbe<String> source = PublisherProbe.of(Mono.never());
		CompletableFuture<String> task = template().withoutTimeout()
			.submit(source.mono()
				.doOnCancel(() -> this.events.add("cancelled on " + Thread.currentThread().getName())));
		await().until(source::wasSubscribed);
		CompletableFuture<Void> stopped = beginStop();
		assertThat(stopped).isNotDone();
		assertThat(task.cancel(false)).isTrue();
		assertThat(stopped).succeedsWithin(Duration.ofSeconds(10));
		assertThat(this.events).containsExactly("cancelled on loop-1");
	}

	@Test
	void stopCancelsTasksThatDoNotEndInTime(CapturedOutput output) {
		this.loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ofMillis(20)), List.of());
		this.loopThread.start();
		PublisherProbe<String> source = PublisherProbe.of(Mono.never());
		CompletableFuture<String> task = template().submit(
				source.mono().doOnCancel(() -> this.events.add("cancelled on " + Thread.currentThread().getName())));
		await().until(source::wasSubscribed);
		this.loopThread.stop();
		assertThat(task).failsWithin(Duration.ofSeconds(10));
		assertThat(this.events).containsExactly("cancelled on loop-1");
		assertThat(output).contains("loop.shutdown.drain-timeout");
	}

	@Test
	@Tag(Seams.TAG)
	void stopWaitsUntilFuturesAreCompleted() {
		this.loopThread = new LoopThread(
				LoopSettings.defaults().withDrainTimeout(Duration.ZERO).withCloseTimeout(Duration.ofSeconds(20)),
				List.of());
		this.loopThread.start();
		CompletableFuture<String> task = template().submit(Mono.never());
		try (Seams seams = new Seams()) {
			Seam completion = seams.before(FutureCompletions.class, "supervise");
			CompletableFuture<Void> stopped = beginStop();
			completion.awaitReached();
			await().until(() -> stopped.isDone() || waits(FutureCompletions.class, "loop-1-stop"));
			assertThat(stopped).isNotDone();
			assertThat(task).isNotDone();
			completion.release();
			assertThat(stopped).succeedsWithin(Duration.ofSeconds(20));
		}
		assertThat(task).failsWithin(Duration.ofSeconds(10))
			.withThrowableThat()
			.isInstanceOf(LoopStoppedException.class);
	}

	@Test
	void resourceThatDoesNotCloseKeepsNeitherStopNorOthers(CapturedOutput output) {
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			LoopResource<String> stuck = LoopResource.of("stuck", (loop) -> Mono.just("open"),
					(value) -> deadlines.passWhenSubscribed(Mono.never()));
			this.loopThread = new LoopThread(LoopSettings.defaults().withCloseTimeout(Duration.ofMillis(50)),
					List.of(resource("first"), stuck));
			this.loopThread.start();
			this.loopThread.stop();
		}
		assertThat(this.events).containsExactly("open first on loop-1", "close first on loop-1");
		assertThat(output).contains("'stuck'");
	}

	@Test
	void stopOnLoopThreadBeginsAndReturns() {
		this.loopThread.start();
		template().execute(Mono.fromRunnable(this.loopThread::stop));
		await().until(() -> this.loopThread.state() == LoopThread.State.STOPPED);
	}

	@Test
	void stopWithCallbackOnLoopThreadCallsBackElsewhereWhenLoopHasStopped() {
		this.loopThread.start();
		CompletableFuture<String> called = new CompletableFuture<>();
		Runnable callback = () -> called.complete(
				"%s on loop: %s".formatted(this.loopThread.state(), Thread.currentThread() instanceof EventLoopThread));
		template().execute(Mono.fromRunnable(() -> {
			this.loopThread.stop(callback);
			assertThat(called).isNotDone();
		}));
		assertThat(called).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("STOPPED on loop: false");
	}

	@Test
	void callersOfStuckLoopWakeWhenItIsStopped() {
		this.loopThread = new LoopThread(
				LoopSettings.defaults().withDrainTimeout(Duration.ZERO).withCloseTimeout(Duration.ofMillis(50)),
				List.of());
		this.loopThread.start();
		LoopTemplate template = template().withoutTimeout();
		PublisherProbe<String> task = PublisherProbe.of(Mono.never());
		List<CompletableFuture<String>> callers = new ArrayList<>();
		callers.add(onThreadOfItsOwn(() -> template.execute(task.mono())));
		await().until(task::wasSubscribed);
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			callers.add(onThreadOfItsOwn(() -> template.execute(Mono.just("queued"))));
			await().until(() -> this.loopThread.activeTasks() == 2);
			this.loopThread.stop();
			assertThat(callers).allSatisfy((caller) -> assertThat(caller).failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.withCauseInstanceOf(LoopStoppedException.class));
		}
	}

	@Test
	void taskQueuedOnStuckLoopNeverStartsAfterStop() {
		this.loopThread = new LoopThread(
				LoopSettings.defaults().withDrainTimeout(Duration.ZERO).withCloseTimeout(Duration.ofMillis(50)),
				List.of());
		this.loopThread.start();
		PublisherProbe<String> task = PublisherProbe.of(Mono.just("late"));
		CompletableFuture<String> future;
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			future = template().submit(task.mono());
			this.loopThread.stop();
			future.cancel(false);
			assertThat(future).isCancelled();
		}
		LoopThreads.assertNone("loop");
		task.assertWasNotSubscribed();
		assertThat(this.loopThread.activeTasks()).isZero();
	}

	@Test
	void threadStuckInTaskIsReportedAndLeftBehind(CapturedOutput output) {
		this.loopThread = new LoopThread(
				LoopSettings.defaults().withDrainTimeout(Duration.ZERO).withCloseTimeout(Duration.ofMillis(50)),
				List.of(resource("first")));
		this.loopThread.start();
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			long start = System.nanoTime();
			this.loopThread.stop();
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
			assertThat(output).contains("'loop-1' is stuck").contains("LoopFreezer");
			this.loopThread.start();
			assertThat(thread().getName()).isEqualTo("loop-2");
		}
	}

	@Test
	void restartMakesNewThreadAndOpensResourcesAnew() {
		LoopResource<String> resource = resource("first");
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(resource));
		LoopTemplate template = template();
		for (int generation = 1; generation <= 3; generation++) {
			this.loopThread.start();
			String name = "loop-" + generation;
			assertThat(template.execute(Mono.fromSupplier(() -> Thread.currentThread().getName()))).isEqualTo(name);
			assertThat(resource.get()).isEqualTo("first of " + name);
			assertThat(this.loopThread.getGeneration()).isEqualTo(generation);
			this.loopThread.stop();
			assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(resource::get)
				.withMessageContaining("'loop'");
		}
		LoopThreads.assertNone("loop");
	}

	@Test
	void startDuringStopWaitsForItAndStartsAnew() {
		this.loopThread.start();
		Sinks.One<String> result = Sinks.one();
		CompletableFuture<String> task = template().submit(result.asMono());
		this.loopThread.stop(() -> this.events.add("stopped"));
		CompletableFuture<Void> restarted = CompletableFuture.runAsync(this.loopThread::start);
		assertThat(this.loopThread.getGeneration()).isEqualTo(1);
		result.tryEmitValue("value");
		assertThat(task.join()).isEqualTo("value");
		restarted.join();
		assertThat(thread().getName()).isEqualTo("loop-2");
		await().until(() -> this.events.contains("stopped"));
	}

	@Test
	void schedulerWorksAfterRestartAndCannotEndLoop() throws Exception {
		for (int generation = 1; generation <= 2; generation++) {
			this.loopThread.start();
			Queue<String> names = new ConcurrentLinkedQueue<>();
			CountDownLatch ran = new CountDownLatch(3);
			Runnable task = () -> {
				names.add(Thread.currentThread().getName());
				ran.countDown();
			};
			this.loopThread.scheduler().schedule(task);
			this.loopThread.scheduler().schedule(task, 1, TimeUnit.MILLISECONDS);
			Disposable periodic = this.loopThread.scheduler().schedulePeriodically(task, 1, 1, TimeUnit.MILLISECONDS);
			assertThat(ran.await(20, TimeUnit.SECONDS)).isTrue();
			periodic.dispose();
			this.loopThread.scheduler().dispose();
			assertThat(names).containsOnly("loop-" + generation);
			assertThat(this.loopThread.isRunning()).isTrue();
			this.loopThread.stop();
		}
	}

	@Test
	void schedulerRefusesWorkWhenLoopHasStopped() {
		this.loopThread.start();
		this.loopThread.stop();
		Runnable task = () -> this.events.add("never");
		List<ThrowingCallable> attempts = List.of(() -> this.loopThread.scheduler().schedule(task),
				() -> this.loopThread.scheduler().schedule(task, 1, TimeUnit.MILLISECONDS),
				() -> this.loopThread.scheduler().schedulePeriodically(task, 1, 1, TimeUnit.MILLISECONDS),
				() -> this.loopThread.scheduler().createWorker(), this.loopThread::eventLoopGroup);
		assertThat(attempts)
			.allSatisfy((attempt) -> assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(attempt)
				.withMessageContaining("'loop' was stopped"));
		assertThat(this.events).isEmpty();
	}

	@Test
	void timerAfterStopFailsAndDoesNotHang() {
		this.loopThread.start();
		this.loopThread.stop();
		Mono<Long> timer = Mono.delay(Duration.ofMillis(1), this.loopThread.scheduler());
		assertThatExceptionOfType(RejectedExecutionException.class)
			.isThrownBy(() -> timer.block(Duration.ofSeconds(20)));
	}

	@Test
	void workOnSchedulerThatFailsLeavesLoopAlive() {
		this.loopThread.start();
		Thread thread = thread();
		for (Error failure : List.of(new NoClassDefFoundError("missing"), new StackOverflowError())) {
			this.loopThread.scheduler().schedule(() -> {
				throw failure;
			});
			this.loopThread.eventLoopGroup().execute(() -> {
				throw failure;
			});
		}
		assertThat(thread()).isSameAs(thread);
		assertThat(this.loopThread.isRunning()).isTrue();
	}

	@Test
	void workOnSchedulerDoesNotHoldUpStopAndEndsWithIt() {
		this.loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ofMinutes(5)), List.of());
		this.loopThread.start();
		AtomicInteger ticks = new AtomicInteger();
		this.loopThread.scheduler().schedulePeriodically(ticks::incrementAndGet, 0, 1, TimeUnit.MILLISECONDS);
		await().until(() -> ticks.get() > 2);
		assertThat(beginStop()).succeedsWithin(Duration.ofSeconds(10));
		int ticksAtStop = ticks.get();
		this.loopThread.start();
		thread();
		assertThat(ticks).hasValue(ticksAtStop);
	}

	@ParameterizedTest(name = "L4 work that brings itself anew, {0}")
	@EnumSource(names = { "NIO", "AUTO" })
	void stopEndsAlthoughWorkKeepsComing(Transport transport) throws Exception {
		this.loopThread = new LoopThread(LoopSettings.defaults()
			.withTransport(transport)
			.withDrainTimeout(Duration.ofMillis(200))
			.withCloseTimeout(Duration.ofMillis(200)), List.of(resource("first")));
		this.loopThread.start();
		AtomicBoolean over = new AtomicBoolean();
		AtomicLong turns = new AtomicLong();
		EventLoopGroup eventLoop = this.loopThread.eventLoopGroup();
		eventLoop.execute(new Runnable() {

			@Override
			public void run() {
				turns.incrementAndGet();
				if (!over.get()) {
					eventLoop.execute(this);
				}
			}

		});
		List<CompletableFuture<String>> callers = Stream.generate(() -> onThreadOfItsOwn(() -> {
			while (!over.get()) {
				try {
					template().execute(Mono.just("value"));
				}
				catch (LoopNotRunningException | LoopStoppedException ex) {
					return "refused";
				}
			}
			return "never refused";
		})).limit(8).toList();
		await().until(() -> turns.get() > 1000);
		long start = System.nanoTime();
		this.loopThread.stop();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
		assertThat(this.loopThread.state()).isEqualTo(LoopThread.State.STOPPED);
		assertThat(callers)
			.allSatisfy((caller) -> assertThat(caller).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("refused"));
		over.set(true);
		LoopThreads.assertNone("loop");
	}

	@Test
	void failureOfResourceReachesApplicationContext() {
		LoopResource<String> broken = LoopResource.of("broken",
				(loop) -> Mono.error(new IllegalArgumentException("no such host")), (value) -> Mono.empty());
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(resource("first"), broken));
		try (GenericApplicationContext context = new GenericApplicationContext()) {
			context.registerBean("loopThread", LoopThread.class, () -> this.loopThread);
			assertThatExceptionOfType(ApplicationContextException.class).isThrownBy(context::refresh)
				.havingRootCause()
				.withMessage("no such host");
		}
		LoopThreads.assertNone("loop");
		assertThat(this.events).containsExactly("open first on loop-1", "close first on loop-1");
	}

	@Test
	void stopsWhenApplicationContextFailsInLaterPhase() {
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(resource("first")));
		try (GenericApplicationContext context = new GenericApplicationContext()) {
			context.registerBean("loopThread", LoopThread.class, () -> this.loopThread);
			context.registerBean("broken", FailsToStart.class, FailsToStart::new);
			assertThatExceptionOfType(ApplicationContextException.class).isThrownBy(context::refresh)
				.withRootCauseInstanceOf(IllegalStateException.class);
			LoopThreads.assertNone("loop");
		}
		assertThat(this.events).containsExactly("open first on loop-1", "close first on loop-1");
	}

	@Test
	void startsBeforeAndStopsAfterWebServerAndClients() {
		assertThat(this.loopThread.getPhase()).isEqualTo(-1024);
		assertThat(this.loopThread.isPauseable()).isFalse();
		assertThat(this.loopThread.isAutoStartup()).isTrue();
	}

	@Test
	void runsAsLongAsWebServerDoes() {
		Queue<String> requests = new ConcurrentLinkedQueue<>();
		try (GenericApplicationContext context = new GenericApplicationContext()) {
			context.registerBean("loopThread", LoopThread.class, () -> this.loopThread);
			context.registerBean("connectors", WebServer.class,
					() -> new WebServer(WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE,
							(moment) -> requests.add(moment + " of connectors: " + request())));
			context.registerBean("graceful", WebServer.class,
					() -> new WebServer(WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE,
							(moment) -> requests.add(moment + " of graceful shutdown: " + request())));
			context.refresh();
		}
		assertThat(requests).containsExactly("start of connectors: loop RUNNING, served",
				"start of graceful shutdown: loop RUNNING, served", "stop of graceful shutdown: loop RUNNING, served",
				"stop of connectors: loop RUNNING, served");
		assertThat(this.loopThread.state()).isEqualTo(LoopThread.State.STOPPED);
	}

	@Test
	void knowsItsThread() {
		this.loopThread.start();
		assertThat(this.loopThread.inLoop()).isFalse();
		assertThat(template().execute(Mono.fromSupplier(this.loopThread::inLoop))).isTrue();
	}

	@Test
	void resourceMayUseLoopAndEarlierResourceWhileItOpens() {
		LoopResource<String> first = resource("first");
		LoopResource<String> second = LoopResource.of("second",
				(loop) -> Mono.delay(Duration.ofMillis(1), loop.scheduler())
					.map((tick) -> first.get() + " in " + loop.eventLoopGroup().next().inEventLoop()),
				(value) -> Mono.empty());
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(first, second));
		this.loopThread.start();
		assertThat(second.get()).isEqualTo("first of loop-1 in true");
	}

	@Test
	void resourceBelongsToOneLoop() {
		LoopResource<String> resource = resource("first");
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(resource::get)
			.withMessageContaining("'first'")
			.withMessageContaining("LoopThread");
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(resource));
		assertThatIllegalStateException().isThrownBy(() -> new LoopThread(LoopSettings.defaults(), List.of(resource)))
			.withMessageContaining("'first'");
	}

	@Test
	void resourceIsNotForThreadOfAnotherLoop() {
		LoopResource<String> resource = resource("first");
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(resource));
		this.loopThread.start();
		LoopThread other = new LoopThread(LoopSettings.defaults().withName("other"), List.of());
		other.start();
		LoopTemplate onOther = new LoopTemplate(other, Duration.ofSeconds(20));
		assertThatIllegalStateException().isThrownBy(() -> onOther.execute(Mono.fromSupplier(resource::get)))
			.withMessageContaining("'first'")
			.withMessageContaining("'other-1'")
			.withMessageContaining("its own loop");
		other.stop();
		assertThat(template().execute(Mono.fromSupplier(resource::get))).isEqualTo("first of loop-1");
		assertThat(resource.get()).isEqualTo("first of loop-1");
	}

	@Test
	void resourceIsNotForThreadOfEarlierLife() throws Exception {
		LoopResource<String> resource = resource("first");
		this.loopThread = new LoopThread(
				LoopSettings.defaults().withDrainTimeout(Duration.ZERO).withCloseTimeout(Duration.ofMillis(100)),
				List.of(resource));
		this.loopThread.start();
		CompletableFuture<Throwable> outcome = new CompletableFuture<>();
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			this.loopThread.eventLoopGroup().execute(() -> outcome.complete(catchThrowable(resource::get)));
			this.loopThread.stop();
			this.loopThread.start();
		}
		assertThat(outcome.get(20, TimeUnit.SECONDS)).isInstanceOf(IllegalStateException.class)
			.hasMessageContaining("'first'")
			.hasMessageContaining("'loop-1'");
		assertThat(resource.get()).isEqualTo("first of loop-2");
	}

	@Test
	void resourceThatNeedsLaterOneIsToldToComeLater() {
		LoopResource<String> later = resource("later");
		LoopResource<String> sooner = LoopResource.of("sooner", (loop) -> Mono.fromSupplier(later::get),
				(value) -> Mono.empty());
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(sooner, later));
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(this.loopThread::start)
			.withMessageContaining("'sooner'")
			.withMessageContaining("'later' is not open yet")
			.withMessageContaining("order");
		assertThat(this.loopThread.state()).isEqualTo(LoopThread.State.STOPPED);
	}

	@Test
	void resourceMayUseEarlierOneWhileItCloses() {
		LoopResource<String> pool = resource("pool");
		LoopResource<String> user = LoopResource.of("user", (loop) -> Mono.just("user of " + pool.get()),
				(value) -> Mono.fromRunnable(() -> this.events.add("close %s with %s".formatted(value, pool.get()))));
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(pool, user));
		this.loopThread.start();
		this.loopThread.stop();
		assertThat(this.events).containsExactly("open pool on loop-1",
				"close user of pool of loop-1 with pool of loop-1", "close pool on loop-1");
	}

	@Test
	void resourceIsNotToBeHadFromLoopThatDied() {
		LoopResource<String> resource = resource("first");
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(resource));
		this.loopThread.start();
		this.loopThread.eventLoopGroup().shutdownGracefully(0, 1, TimeUnit.SECONDS);
		await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(resource::get)
			.withMessageContaining("ended by itself");
		this.loopThread.start();
		assertThat(resource.get()).isEqualTo("first of loop-2");
	}

	@Test
	void taskThatWasCancelledWhenLoopDiedIsGone() {
		this.loopThread.start();
		CompletableFuture<String> task;
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			task = template().submit(Mono.never());
			this.loopThread.eventLoopGroup().shutdownGracefully(0, 1, TimeUnit.SECONDS);
		}
		task.cancel(false);
		await().untilAsserted(() -> assertThat(this.loopThread.activeTasks()).isZero());
	}

	@Test
	void resourceStartsLoopOnDemand() {
		LoopResource<String> resource = resource("first");
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(resource));
		assertThat(resource.get()).isEqualTo("first of loop-1");
	}

	private static LoopResource<String> closingWithError() {
		return LoopResource.of("unclosable", (loop) -> Mono.just("open"),
				(value) -> Mono.error(new NoClassDefFoundError("missing")));
	}

	private LoopResource<String> resource(String name) {
		return LoopResource.of(name, (loop) -> Mono.fromSupplier(() -> {
			this.events.add("open %s on %s".formatted(name, Thread.currentThread().getName()));
			return "%s of %s".formatted(name, Thread.currentThread().getName());
		}), (value) -> Mono
			.fromRunnable(() -> this.events.add("close %s on %s".formatted(name, Thread.currentThread().getName()))));
	}

	/**
	 * Begin to stop the loop and return when it drains or has stopped.
	 */
	private CompletableFuture<Void> beginStop() {
		CompletableFuture<Void> stopped = new CompletableFuture<>();
		this.loopThread.stop(() -> stopped.complete(null));
		await().until(() -> !this.loopThread.isRunning());
		return stopped;
	}

	/**
	 * Return whether a thread waits for something, for as long as it may, in a class.
	 */
	private static boolean waits(Class<?> type, String name) {
		return Thread.getAllStackTraces()
			.entrySet()
			.stream()
			.filter((thread) -> thread.getKey().getName().equals(name))
			.filter((thread) -> thread.getKey().getState() == Thread.State.TIMED_WAITING)
			.flatMap((thread) -> Stream.of(thread.getValue()))
			.anyMatch((frame) -> frame.getClassName().equals(type.getName()));
	}

	private static <T> CompletableFuture<T> onThreadOfItsOwn(Callable<T> call) {
		return new SimpleAsyncTaskExecutor("caller-").submitCompletable(call);
	}

	private LoopTemplate template() {
		return new LoopTemplate(this.loopThread, Duration.ofSeconds(20));
	}

	private void assertHasNothingToTell() {
		assertThat(this.loopThread.inLoop()).isFalse();
		assertThat(this.loopThread.activeTasks()).isZero();
		assertThat(this.loopThread.tasks()).isEmpty();
		assertThat(this.loopThread.waitingCallers()).isZero();
		assertThat(this.loopThread.pendingTasks()).isZero();
		assertThat(this.loopThread.lag()).isZero();
		assertThat(this.loopThread.busy()).isZero();
		assertThat(this.loopThread.blockedIn()).isNull();
		assertThat(this.loopThread.openLeases()).isZero();
		assertThat(this.loopThread.openScopes()).isZero();
		assertThat(this.loopThread.openWork()).isEmpty();
	}

	/**
	 * Do what a request does that is being served, and say what came of it.
	 */
	private String request() {
		// Before the call, which may start it
		LoopThread.State state = this.loopThread.state();
		try {
			return "loop %s, %s".formatted(state, template()
				.execute(Mono.delay(Duration.ofMillis(5), this.loopThread.scheduler()).map((tick) -> "served")));
		}
		catch (RuntimeException ex) {
			return "loop %s, %s".formatted(state, ex.getMessage());
		}
	}

	private Thread thread() {
		Thread thread = template().execute(Mono.fromSupplier(Thread::currentThread));
		assertThat(thread).isNotNull();
		return thread;
	}

	private static void awaitBarrier(CyclicBarrier barrier) {
		try {
			barrier.await(20, TimeUnit.SECONDS);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static final class FailsToStart implements SmartLifecycle {

		@Override
		public void start() {
			throw new IllegalStateException("broken");
		}

		@Override
		public void stop() {
		}

		@Override
		public boolean isRunning() {
			return false;
		}

	}

	/**
	 * Is in the phase of a part of the web server, and has requests when it starts and
	 * stops.
	 */
	private static final class WebServer implements SmartLifecycle {

		private final int phase;

		private final Consumer<String> request;

		private boolean running;

		WebServer(int phase, Consumer<String> request) {
			this.phase = phase;
			this.request = request;
		}

		@Override
		public void start() {
			this.running = true;
			this.request.accept("start");
		}

		@Override
		public void stop() {
			this.request.accept("stop");
			this.running = false;
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

		@Override
		public int getPhase() {
			return this.phase;
		}

	}

}
