package io.github.loopthread;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.util.concurrent.FastThreadLocalThread;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.NonBlocking;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

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
	void hasOneLoopThreadThatMustNotBlock() {
		this.loopThread.start();
		Thread thread = thread();
		assertThat(thread).isInstanceOf(FastThreadLocalThread.class).isInstanceOf(NonBlocking.class);
		assertThat(thread.getName()).isEqualTo("loop-1");
		assertThat(thread.isDaemon()).isTrue();
		assertThat(thread.getContextClassLoader()).isSameAs(Thread.currentThread().getContextClassLoader());
		assertThat(LoopThreads.alive("loop")).containsExactlyInAnyOrder("loop-1", "loop-1-watchdog");
	}

	@Test
	void inheritsNoThreadLocalOfStarter() {
		InheritableThreadLocal<String> local = new InheritableThreadLocal<>();
		local.set("of the starter");
		this.loopThread.start();
		assertThat(template().execute(Mono.fromSupplier(() -> String.valueOf(local.get())))).isEqualTo("null");
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
	void concurrentStopsCallBackOnceEach() {
		this.loopThread.start();
		CyclicBarrier barrier = new CyclicBarrier(8);
		AtomicInteger callbacks = new AtomicInteger();
		for (int i = 0; i < 8; i++) {
			new Thread(() -> {
				awaitBarrier(barrier);
				this.loopThread.stop(callbacks::incrementAndGet);
			}).start();
		}
		await().until(() -> callbacks.get() == 8);
		LoopThreads.assertNone("loop");
		assertThat(callbacks).hasValue(8);
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
		this.loopThread = new LoopThread(LoopSettings.defaults().withStartupTimeout(Duration.ofMillis(50)),
				List.of(slow));
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(this.loopThread::start)
			.withMessageContaining("'slow' did not open within 50ms")
			.withMessageContaining("loop.startup-timeout");
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
		assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> template().execute(Mono.just("never")))
			.withMessageContaining("is stopping");
		assertThat(stopped.getCount()).isEqualTo(1);
		result.tryEmitValue("value");
		assertThat(task.join()).isEqualTo("value");
		await().until(() -> stopped.getCount() == 0);
		assertThat(this.events).containsExactly("open first on loop-1", "open second on loop-1", "task ended",
				"close second on loop-1", "close first on loop-1");
		assertThat(this.loopThread.state()).isEqualTo(LoopThread.State.STOPPED);
	}

	@Test
	void stopCancelsTasksThatDoNotEndInTime(CapturedOutput output) {
		this.loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ofMillis(20)), List.of());
		this.loopThread.start();
		CompletableFuture<String> task = template().submit(Mono.<String>never()
			.doOnCancel(() -> this.events.add("cancelled on " + Thread.currentThread().getName())));
		this.loopThread.stop();
		assertThat(task).isCompletedExceptionally();
		assertThat(this.events).containsExactly("cancelled on loop-1");
		assertThat(output).contains("loop.shutdown.drain-timeout");
	}

	@Test
	void resourceThatDoesNotCloseKeepsNeitherStopNorOthers(CapturedOutput output) {
		LoopResource<String> stuck = LoopResource.of("stuck", (loop) -> Mono.just("open"), (value) -> Mono.never());
		this.loopThread = new LoopThread(LoopSettings.defaults().withCloseTimeout(Duration.ofMillis(50)),
				List.of(resource("first"), stuck));
		this.loopThread.start();
		this.loopThread.stop();
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
	void threadStuckInTaskIsReportedAndLeftBehind(CapturedOutput output) {
		this.loopThread = new LoopThread(
				LoopSettings.defaults().withDrainTimeout(Duration.ZERO).withCloseTimeout(Duration.ofMillis(50)),
				List.of(resource("first")));
		this.loopThread.start();
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			this.loopThread.stop();
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
		assertThat(restarted).isNotDone();
		result.tryEmitValue("value");
		assertThat(task.join()).isEqualTo("value");
		restarted.join();
		assertThat(this.events).containsExactly("stopped");
		assertThat(thread().getName()).isEqualTo("loop-2");
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
	void startsBeforeAndStopsAfterWebServerAndClients() {
		assertThat(this.loopThread.getPhase()).isEqualTo(-1024);
		assertThat(this.loopThread.isPauseable()).isFalse();
		assertThat(this.loopThread.isAutoStartup()).isTrue();
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

	private LoopResource<String> resource(String name) {
		return LoopResource.of(name, (loop) -> Mono.fromSupplier(() -> {
			this.events.add("open %s on %s".formatted(name, Thread.currentThread().getName()));
			return "%s of %s".formatted(name, Thread.currentThread().getName());
		}), (value) -> Mono
			.fromRunnable(() -> this.events.add("close %s on %s".formatted(name, Thread.currentThread().getName()))));
	}

	private LoopTemplate template() {
		return new LoopTemplate(this.loopThread, Duration.ofSeconds(20));
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

}
