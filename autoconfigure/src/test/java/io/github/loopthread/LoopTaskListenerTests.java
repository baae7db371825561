package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.publisher.PublisherProbe;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import io.github.loopthread.LoopTaskListener.Outcome;
import io.github.loopthread.Seams.Seam;
import io.github.loopthread.ToldOfTasks.Ending;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopTaskListener}: each task's ending is told, once, before its caller
 * goes on.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class LoopTaskListenerTests {

	private static final Duration SHORT = Duration.ofMillis(50);

	private final IllegalArgumentException failure = new IllegalArgumentException("of the task");

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults()
		.withMaxConcurrentTasks(2)
		.withTransport(Transport.NIO)
		.withDrainTimeout(Duration.ZERO), List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(30)).withName("task");

	private final ToldOfTasks told = new ToldOfTasks();

	LoopTaskListenerTests() {
		this.loopThread.addListener(this.told);
		this.loopThread.start();
	}

	@AfterEach
	void stop() {
		this.loopThread.stop();
	}

	@Test
	void isMadeAndToldOfHandOverOnCallersThreadAndOfStartOnLoop() {
		this.loop.execute(Mono.just(1));
		assertThat(this.told.events()).hasSize(4)
			.startsWith("task created on " + Thread.currentThread().getName())
			.contains("task handed over on " + Thread.currentThread().getName(), "task started on loop-1");
	}

	@Test
	void startComesBeforeSourceIsSubscribed() {
		Mono<List<String>> task = Mono.fromCallable(() -> List.copyOf(this.told.events()));
		assertThat(this.loop.execute(task)).contains("task started on loop-1");
	}

	@Test
	void waitingCallerTellsItselfBeforeItGoesOn() {
		this.loop.execute(Mono.just(1));
		this.loop.execute(Mono.empty());
		assertThat(this.told.endings()).containsExactly(ending(Outcome.SUCCESS, null), ending(Outcome.SUCCESS, null));
	}

	@Test
	void failureIsToldAsSignalled() {
		assertThatExceptionOfType(IllegalArgumentException.class)
			.isThrownBy(() -> this.loop.execute(Mono.error(this.failure)));
		assertThat(this.told.endings()).containsExactly(ending(Outcome.ERROR, IllegalArgumentException.class));
		assertThat(this.told.failures()).containsExactly(this.failure);
	}

	@Test
	void timeoutOfItsOwnIsError() {
		assertThatExceptionOfType(RuntimeException.class)
			.isThrownBy(() -> this.loop.execute(Mono.error(new TimeoutException())));
		assertThat(this.told.endings()).containsExactly(ending(Outcome.ERROR, TimeoutException.class));
	}

	@Test
	void deadlineIsTimeout() {
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.loop.withTimeout(SHORT).execute(Mono.never()));
		assertThat(this.told.endings()).containsExactly(ending(Outcome.TIMEOUT, LoopTimeoutException.class));
	}

	@Test
	void deadlineOfFutureIsTimeoutToldByWhoEndsIt() {
		CompletableFuture<Object> future = this.loop.withTimeout(SHORT).submit(Mono.never());
		await().until(future::isDone);
		assertThat(this.told.endings())
			.containsExactly(new Ending("task", Outcome.TIMEOUT, LoopTimeoutException.class, "loop-1-futures"));
	}

	@Test
	void interruptIsInterrupted() throws Exception {
		WaitingCallers caller = WaitingCallers.start(1, this.loop);
		caller.interrupt();
		assertThat(caller.outcomes()).hasOnlyElementsOfType(LoopInterruptedException.class);
		assertThat(this.told.endings())
			.containsExactly(new Ending("task", Outcome.INTERRUPTED, LoopInterruptedException.class, "caller-0"));
	}

	@Test
	void cancelIsCancelledOnceHoweverOftenItIsAskedFor() {
		CompletableFuture<Object> future = this.loop.submit(Mono.never());
		assertThat(future.cancel(false)).isTrue();
		assertThat(future.cancel(true)).isTrue();
		assertThat(future.complete("too late")).isFalse();
		assertThat(this.told.endings()).containsExactly(ending(Outcome.CANCELLED, CancellationException.class));
	}

	@Test
	void refusalAtTheLimitIsRejectedAndNeverStarted() {
		List<CompletableFuture<Object>> full = List.of(this.loop.withName("a").submit(Mono.never()),
				this.loop.withName("a").submit(Mono.never()));
		assertThatExceptionOfType(LoopOverloadedException.class).isThrownBy(() -> this.loop.execute(Mono.just(1)));
		assertThat(this.told.endings()).containsExactly(ending(Outcome.REJECTED, LoopOverloadedException.class));
		assertThat(this.told.events()).contains("task handed over on " + Thread.currentThread().getName())
			.doesNotContain("task started on loop-1");
		full.forEach((future) -> future.cancel(false));
	}

	@Test
	void refusalByStoppedLoopIsRejected() {
		this.loopThread.stop();
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(() -> this.loop.submit(Mono.just(1)));
		assertThat(this.told.endings()).containsExactly(ending(Outcome.REJECTED, LoopNotRunningException.class));
	}

	@Test
	void stopIsStopped() throws Exception {
		WaitingCallers caller = WaitingCallers.start(1, this.loop);
		CompletableFuture<Object> future = this.loop.withName("future").submit(Mono.never());
		this.loopThread.stop();
		assertThat(caller.outcomes()).hasOnlyElementsOfType(LoopStoppedException.class);
		await().until(future::isDone);
		assertThat(this.told.endings()).containsExactlyInAnyOrder(
				new Ending("task", Outcome.STOPPED, LoopStoppedException.class, "caller-0"),
				new Ending("future", Outcome.STOPPED, LoopStoppedException.class, "loop-1-futures"));
	}

	@Test
	@Tag(Seams.TAG)
	void callerHearsWhatListenersAreToldWhenStopFindsTaskAtTheGate() {
		CompletableFuture<CompletableFuture<Object>> submitted = new CompletableFuture<>();
		try (Seams seams = new Seams()) {
			Seam firstLook = seams.after(TaskRegistry.class, "isOpenFor");
			Thread caller = new Thread(() -> submitted.complete(this.loop.submit(Mono.never())), "caller");
			caller.setUncaughtExceptionHandler((thread, ex) -> submitted.completeExceptionally(ex));
			caller.start();
			firstLook.awaitReached();
			Seam secondLook = seams.before(TaskRegistry.class, "isOpenFor");
			firstLook.release();
			secondLook.awaitReached();
			this.loopThread.stop();
			secondLook.release();
			assertThat(submitted).succeedsWithin(Duration.ofSeconds(20));
		}
		assertThat(submitted.join()).failsWithin(Duration.ofSeconds(20))
			.withThrowableThat()
			.isInstanceOf(LoopStoppedException.class);
		assertThat(this.told.endings()).extracting(Ending::outcome).containsExactly(Outcome.STOPPED);
		assertThat(this.loopThread.activeTasks()).isZero();
	}

	@Test
	void deathOfLoopIsStopped() throws Exception {
		WaitingCallers caller = WaitingCallers.start(1, this.loop);
		CompletableFuture<Object> future = this.loop.withName("future").submit(Mono.never());
		new LoopKiller().kill(this.loopThread, new NoClassDefFoundError("out of the I/O handler"));
		assertThat(caller.outcomes()).hasOnlyElementsOfType(LoopStoppedException.class);
		await().until(future::isDone);
		assertThat(this.told.endings()).extracting(Ending::outcome).containsExactly(Outcome.STOPPED, Outcome.STOPPED);
		await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
	}

	@Test
	void endOfFutureIsToldBeforeAnybodySeesIt() {
		Queue<Integer> toldBefore = new ConcurrentLinkedQueue<>();
		for (int i = 1; i <= 200; i++) {
			this.loop.submit(Mono.just(i).publishOn(this.loopThread.scheduler()))
				.whenComplete((value, ex) -> toldBefore.add(this.told.endings().size() - value))
				.join();
		}
		assertThat(toldBefore).hasSize(200).containsOnly(0);
		assertThat(this.told.endings()).hasSize(200).containsOnly(new Ending("task", Outcome.SUCCESS, null, "loop-1"));
	}

	@Test
	void futureThatIsCompletedByHandIsToldOnce() {
		this.loop.submit(Mono.never()).complete("by hand");
		await().until(() -> this.loopThread.activeTasks() == 0);
		this.loop.submit(Mono.never()).completeExceptionally(this.failure);
		await().until(() -> this.loopThread.activeTasks() == 0);
		CompletableFuture<Object> future = this.loop.submit(Mono.never()).orTimeout(1, TimeUnit.MILLISECONDS);
		await().until(future::isDone);
		assertThat(this.told.endings()).extracting(Ending::outcome)
			.containsExactly(Outcome.SUCCESS, Outcome.ERROR, Outcome.ERROR);
	}

	@Test
	void futureThatIsCompletedPastUsIsToldOnce() {
		CompletableFuture<Object> future = this.loop.submit(Mono.never());
		await().until(() -> this.told.events().contains("task started on loop-1"));
		future.completeAsync(() -> "elsewhere");
		await().until(() -> this.loopThread.activeTasks() == 0);
		this.loop.submit(Mono.never()).obtrudeException(this.failure);
		await().until(() -> this.loopThread.activeTasks() == 0);
		await().untilAsserted(() -> assertThat(this.told.endings()).extracting(Ending::outcome)
			.containsExactly(Outcome.SUCCESS, Outcome.ERROR));
	}

	@Test
	void taskWhoseEndIsBeingToldDoesNotStart() throws Exception {
		CountDownLatch telling = new CountDownLatch(1);
		CountDownLatch loopHasPassed = new CountDownLatch(1);
		this.loopThread.addListener((task) -> new LoopTaskListener() {

			@Override
			public void ended(Outcome outcome, Throwable failure) {
				telling.countDown();
				awaitLatch(loopHasPassed);
			}

		});
		PublisherProbe<Object> source = PublisherProbe.empty();
		try (LoopFreezer frozen = LoopFreezer.freeze(this.loopThread)) {
			CompletableFuture<Object> future = this.loop.submit(source.mono());
			Thread canceller = new Thread(() -> future.cancel(false));
			canceller.start();
			awaitLatch(telling);
			frozen.close();
			this.loopThread.eventLoopGroup().submit(() -> {
			}).sync();
			loopHasPassed.countDown();
			canceller.join(20_000);
		}
		assertThat(this.told.events()).doesNotContain("task started on loop-1");
		source.assertWasNotSubscribed();
	}

	@Test
	void timeoutOfTaskThatItHasBroughtIsError() {
		LoopTemplate inner = this.loop.withTimeout(SHORT).withName("inner");
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.loop.execute(Mono.defer(() -> Mono.fromFuture(inner.submit(Mono.never())))));
		assertThat(this.told.endings()).extracting(Ending::task, Ending::outcome)
			.containsExactly(tuple("inner", Outcome.TIMEOUT), tuple("task", Outcome.ERROR));
	}

	@Test
	void refusalOfTaskThatItHasBroughtIsError() {
		CompletableFuture<Object> first = this.loop.submit(Mono.never());
		assertThatExceptionOfType(LoopOverloadedException.class).isThrownBy(() -> this.loop
			.execute(Mono.defer(() -> Mono.fromFuture(this.loop.withName("inner").submit(Mono.just(1))))));
		first.cancel(false);
		assertThat(this.told.endings()).extracting(Ending::task, Ending::outcome)
			.containsExactly(tuple("inner", Outcome.REJECTED), tuple("task", Outcome.ERROR),
					tuple("task", Outcome.CANCELLED));
	}

	@Test
	void onlyTheFirstToCompleteFutureHearsThatItWas() {
		PublisherProbe<String> task = PublisherProbe.of(Mono.never());
		CompletableFuture<String> future = this.loop.submit(task.mono());
		await().until(task::wasSubscribed);
		assertThat(future.complete("mine")).isTrue();
		assertThat(future.complete("other")).isFalse();
		assertThat(future.join()).isEqualTo("mine");
		await().until(task::wasCancelled);
		assertThat(this.told.endings()).hasSize(1);
	}

	@Test
	void sameListenerIsToldOnce() {
		this.loopThread.addListener(this.told);
		this.loop.execute(Mono.just(1));
		assertThat(this.told.endings()).hasSize(1);
	}

	@Test
	@Tag("stress")
	void endingsThatRaceAreToldOnce() {
		int tasks = 2000;
		for (int i = 0; i < tasks; i++) {
			CompletableFuture<String> future = this.loop.submit(Mono.just("value"));
			future.cancel(false);
			assertThat(future).isDone();
			await().pollInSameThread()
				.pollInterval(Duration.ofNanos(100_000))
				.until(() -> this.loopThread.activeTasks() == 0);
		}
		await().untilAsserted(() -> assertThat(this.told.endings()).hasSize(tasks));
		assertThat(this.told.endings()).extracting(Ending::outcome)
			.containsOnly(Outcome.SUCCESS, Outcome.CANCELLED)
			.contains(Outcome.CANCELLED);
	}

	@Test
	void forksAreToldBeforeTheirOwnerGoesOn() {
		try (LoopScope scope = this.loop.withTimeout(Duration.ofSeconds(20)).scope()) {
			for (int i = 1; i <= 200; i++) {
				scope.fork("fork", Mono.just(1).publishOn(this.loopThread.scheduler())).get();
				assertThat(this.told.endings()).hasSize(i);
				await().pollInSameThread().until(() -> this.loopThread.activeTasks() == 0);
			}
		}
		assertThat(this.told.endings()).containsOnly(new Ending("fork", Outcome.SUCCESS, null, "loop-1"));
	}

	@Test
	void forksAreToldHoweverTheyEnd() {
		try (HeldDeadlines deadlines = new HeldDeadlines(); LoopScope scope = this.loop.withTimeout(SHORT).scope()) {
			scope.fork("failed", Mono.error(this.failure)).outcome();
			await().until(() -> this.loopThread.activeTasks() == 0);
			scope.fork("late", Mono.never());
			scope.fork("late", Mono.never());
			scope.fork("refused", Mono.never());
			deadlines.pass();
			scope.join();
		}
		try (LoopScope scope = this.loop.scope()) {
			await().until(() -> this.loopThread.activeTasks() == 0);
			scope.fork("closed", Mono.never());
		}
		await().untilAsserted(
				() -> assertThat(this.told.endings()).extracting((ending) -> ending.task() + " " + ending.outcome())
					.containsExactlyInAnyOrder("failed ERROR", "refused REJECTED", "late TIMEOUT", "late TIMEOUT",
							"closed CANCELLED"));
	}

	@Test
	@Tag(Seams.TAG)
	void endIsToldBeforeOwnerGoesOnWhoeverEndsTheTaskFirst() {
		Sinks.One<Integer> source = Sinks.one();
		try (HeldDeadlines deadlines = new HeldDeadlines(); Seams seams = new Seams()) {
			Seam first = seams.before(TaskListeners.class, "ended");
			CompletableFuture<Integer> future = this.loop.withTimeout(SHORT)
				.submit(deadlines.passWhenSubscribed(source.asMono()));
			first.awaitReached();
			source.tryEmitValue(1);
			assertThat(future).failsWithin(Duration.ofSeconds(20))
				.withThrowableThat()
				.withCauseInstanceOf(LoopTimeoutException.class);
			assertThat(this.told.endings()).extracting(Ending::outcome).containsExactly(Outcome.TIMEOUT);
			first.release();
		}
		await().until(() -> this.loopThread.activeTasks() == 0);
		assertThat(this.told.endings()).hasSize(1);
	}

	@Test
	void forksThatComeTooLateToStartAreToldAsTheirOwnerSeesThem() {
		try (LoopScope scope = this.loop.withTimeout(SHORT).scope()) {
			scope.fork("late", Mono.never());
			scope.join();
			await().until(() -> this.told.endings().size() == 1);
			assertThat(scope.fork("after deadline", Mono.never()).outcome()).isEqualTo(Fork.Outcome.TIMED_OUT);
		}
		try (LoopScope scope = this.loop.scope()) {
			await().until(() -> this.loopThread.activeTasks() == 0);
			scope.fork("failed", Mono.error(this.failure));
			assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(scope::joinOrThrow);
			assertThat(scope.fork("after cancel", Mono.never()).outcome()).isEqualTo(Fork.Outcome.CANCELLED);
		}
		assertThat(this.told.endings()).extracting((ending) -> ending.task() + " " + ending.outcome())
			.containsExactly("late TIMEOUT", "after deadline TIMEOUT", "failed ERROR", "after cancel CANCELLED");
		assertThat(this.told.events()).contains("after cancel handed over on " + Thread.currentThread().getName())
			.doesNotContain("after cancel started on loop-1");
	}

	@Test
	void streamsAreToldHoweverTheyEnd() {
		try (Stream<Integer> stream = this.loop.withName("read").stream(Flux.range(0, 100))) {
			assertThat(stream.count()).isEqualTo(100);
		}
		try (Stream<Integer> stream = this.loop.withName("closed").stream(Flux.range(0, 100))) {
			assertThat(stream.limit(3).count()).isEqualTo(3);
		}
		try (Stream<Integer> stream = this.loop.withName("failed").stream(Flux.error(this.failure))) {
			assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(stream::count);
		}
		try (Stream<Integer> stream = this.loop.withName("late").withTimeout(SHORT).stream(Flux.never())) {
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(stream::count);
		}
		assertThat(this.told.endings()).extracting((ending) -> ending.task() + " " + ending.outcome())
			.containsExactly("read SUCCESS", "closed CANCELLED", "failed ERROR", "late TIMEOUT");
	}

	@Test
	void leaseIsToldWhenItsObjectIsAcquired() {
		try (LoopLease<Integer> lease = this.loop.open(Mono.just(1), (value) -> Mono.empty())) {
			assertThat(lease.get()).isOne();
			assertThat(this.told.endings()).containsExactly(ending(Outcome.SUCCESS, null));
		}
		assertThatIllegalStateException()
			.isThrownBy(() -> this.loop.open(Mono.error(new IllegalStateException()), (value) -> Mono.empty()));
		assertThat(this.told.endings()).containsExactly(ending(Outcome.SUCCESS, null),
				ending(Outcome.ERROR, IllegalStateException.class));
	}

	@Test
	void listenersThatThrowHarmNobody(CapturedOutput output) {
		this.loopThread.addListener((LoopTaskListener.Factory) (task) -> {
			throw new AssertionError("factory");
		});
		this.loopThread.addListener((LoopTaskListener.Factory) (task) -> new ThrowingListener());
		this.loopThread.addListener((LoopTaskListener.Factory) (task) -> null);
		ToldOfTasks last = new ToldOfTasks();
		this.loopThread.addListener(last);
		assertThat(this.loop.execute(Mono.just(1))).isOne();
		assertThat(this.loop.submit(Mono.just(2)).join()).isEqualTo(2);
		assertThat(this.told.endings()).hasSize(2);
		assertThat(last.endings()).hasSize(2);
		assertThat(output).contains("A listener could not be made for task 'task', which runs without")
			.contains("A listener of a task failed, which changes nothing for the task");
	}

	@Test
	void noneIsMadeWhileNobodyListens() {
		LoopEvents events = new LoopEvents();
		assertThat(events.listenersOf("task")).isSameAs(TaskListeners.NONE);
		events.add((LoopTaskListener.Factory) (task) -> null);
		assertThat(events.listenersOf("task")).isSameAs(TaskListeners.NONE);
	}

	private Ending ending(Outcome outcome, Class<? extends Throwable> failure) {
		return new Ending("task", outcome, failure, Thread.currentThread().getName());
	}

	private static final class ThrowingListener implements LoopTaskListener {

		@Override
		public void handedOver() {
			throw new AssertionError("handed over");
		}

		@Override
		public void started() {
			throw new AssertionError("started");
		}

		@Override
		public void ended(Outcome outcome, Throwable failure) {
			throw new AssertionError("ended");
		}

	}

	private static void awaitLatch(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
