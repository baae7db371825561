package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.assertj.core.api.AbstractThrowableAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import io.github.loopthread.Seams.Seam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Two ends come at the same instant, and the test decides which one is first: the caller
 * gets that one, and the other changes nothing and leaves nothing behind.
 */
@Tag(Seams.TAG)
class RaceTests {

	private static final Duration SHORT = Duration.ofMillis(100);

	private static final Duration LONG = Duration.ofSeconds(20);

	private final LoopThread loopThread = new LoopThread(
			LoopSettings.defaults().withMaxConcurrentTasks(1).withDrainTimeout(Duration.ZERO), List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, LONG);

	private final ByteBuf buffer = Unpooled.buffer(8);

	private final CompletableFuture<ByteBuf> source = new CompletableFuture<>();

	private final AtomicInteger subscriptions = new AtomicInteger();

	private final Mono<ByteBuf> task = Mono.fromFuture(this.source)
		.doOnSubscribe((subscription) -> this.subscriptions.incrementAndGet());

	private final Thread completer = new Thread(() -> this.source.complete(this.buffer), "source");

	private final Seams seams = new Seams();

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void leaveNothing() throws Exception {
		try {
			this.seams.close();
		}
		finally {
			this.completer.join(20_000);
			await().untilAsserted(() -> assertThat(this.loopThread.activeTasks()).isZero());
			this.loopThread.stop();
		}
		assertThat(this.completer.isAlive()).isFalse();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void valueJustAfterDeadlineIsReleased(boolean onLoop) throws Exception {
		Seam completion = this.seams.before(LoopTask.class, "onComplete");
		Seam deadline = this.seams.before(LoopTask.class, "whatItWaitsFor");
		Call call = new Call(SHORT);
		deadline.awaitReached();
		completeSource(onLoop);
		completion.awaitReached();
		deadline.release();
		call.assertFails(LoopTimeoutException.class);
		completion.release();
		assertReleasedAndCounted();
	}

	@Test
	void deadlineJustAfterValueChangesNothing() throws Exception {
		Seam deadline = this.seams.before(LoopTask.class, "whatItWaitsFor");
		Call call = new Call(SHORT);
		deadline.awaitReached();
		awaitTurnOfLoop();
		this.source.complete(this.buffer);
		await().until(() -> this.loopThread.activeTasks() == 0);
		deadline.release();
		call.assertHasValue();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void valueJustAfterCancelIsReleased(boolean onLoop) throws Exception {
		Seam completion = this.seams.before(LoopTask.class, "onComplete");
		CompletableFuture<ByteBuf> future = this.loop.submit(this.task);
		completeSource(onLoop);
		completion.awaitReached();
		assertThat(future.cancel(false)).isTrue();
		completion.release();
		assertReleasedAndCounted();
		assertThat(future).isCancelled();
	}

	@Test
	void cancelJustAfterValueChangesNothing() {
		Seam cancel = this.seams.before(TaskFuture.class, "cancel");
		CompletableFuture<ByteBuf> future = this.loop.submit(this.task);
		CompletableFuture<Boolean> cancelled = CompletableFuture.supplyAsync(() -> future.cancel(false));
		cancel.awaitReached();
		this.source.complete(this.buffer);
		assertThat(future).succeedsWithin(LONG).isSameAs(this.buffer);
		cancel.release();
		assertThat(cancelled).succeedsWithin(LONG).isEqualTo(false);
		assertThat(this.buffer.refCnt()).isOne();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void valueJustAfterInterruptIsReleased(boolean onLoop) throws Exception {
		Seam completion = this.seams.before(LoopTask.class, "onComplete");
		Call call = new Call(LONG);
		completeSource(onLoop);
		completion.awaitReached();
		call.thread.interrupt();
		call.assertFails(LoopInterruptedException.class);
		assertThat(call.flagKept).isTrue();
		completion.release();
		assertReleasedAndCounted();
	}

	@Test
	void interruptJustAfterValueIsNotLost() {
		Seam interrupt = this.seams.before(LoopTask.class, "abandon");
		Call call = new Call(LONG);
		await().until(() -> this.subscriptions.get() == 1);
		call.thread.interrupt();
		interrupt.awaitReached();
		this.source.complete(this.buffer);
		await().until(() -> this.loopThread.activeTasks() == 0);
		interrupt.release();
		call.assertHasValue();
		assertThat(call.flagKept).isTrue();
	}

	@Test
	void secondInterruptWhileCallerGivesUpChangesNothing() {
		Seam givingUp = this.seams.after(LoopTask.class, "abandon");
		Call call = new Call(LONG);
		await().until(() -> this.subscriptions.get() == 1);
		call.thread.interrupt();
		givingUp.awaitReached();
		call.thread.interrupt();
		givingUp.release();
		call.assertFails(LoopInterruptedException.class);
		assertThat(call.flagKept).isTrue();
	}

	@Test
	void interruptAtTheMomentOfAdmissionLosesNoPermit() {
		Seam admission = this.seams.after(TaskRegistry.class, "admit");
		Call call = new Call(LONG);
		admission.awaitReached();
		call.thread.interrupt();
		admission.release();
		call.assertFails(LoopInterruptedException.class);
		assertPermitIsBack();
	}

	@Test
	void deadlineAtTheMomentOfAdmissionLosesNoPermit() {
		Seam admission = this.seams.after(TaskRegistry.class, "admit");
		Call call = new Call(Duration.ofNanos(1));
		admission.awaitReached();
		admission.release();
		call.assertFails(LoopTimeoutException.class);
		assertPermitIsBack();
	}

	@Test
	void cancelThatStopOvertakesStillReachesTheSource() {
		AtomicInteger cancelled = new AtomicInteger();
		Seam cancel = this.seams.before(LoopTask.class, "cancelOnLoop");
		CompletableFuture<ByteBuf> future = this.loop.submit(this.task.doOnCancel(cancelled::incrementAndGet));
		await().until(() -> this.subscriptions.get() == 1);
		CompletableFuture<Boolean> cancelling = CompletableFuture.supplyAsync(() -> future.cancel(false));
		cancel.awaitReached();
		this.loopThread.stop();
		assertThat(cancelled).hasValue(1);
		cancel.release();
		assertThat(cancelling).succeedsWithin(LONG).isEqualTo(true);
	}

	@Test
	void taskThatIsAdmittedAtTheMomentOfStopEndsWithIt() {
		Seam admission = this.seams.after(TaskRegistry.class, "admit");
		Call call = new Call(LONG);
		admission.awaitReached();
		this.loopThread.stop();
		admission.release();
		call.assertFails(LoopStoppedException.class);
		assertThat(this.subscriptions).hasValue(0);
	}

	@Test
	void taskThatIsAdmittedAtTheMomentOfDeathEndsWithIt() {
		Seam admission = this.seams.after(TaskRegistry.class, "admit");
		Call call = new Call(LONG);
		admission.awaitReached();
		this.loopThread.eventLoopGroup().shutdownGracefully(0, 1, TimeUnit.SECONDS);
		await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
		admission.release();
		call.assertFails(LoopStoppedException.class)
			.hasMessage("The loop stopped before task 'unnamed' finished")
			.hasNoCause();
		assertThat(this.subscriptions).hasValue(0);
	}

	@Test
	void callJustBeforeGateClosesIsAccepted() {
		Seam gate = this.seams.before(TaskRegistry.class, "close");
		CompletableFuture<Void> stopped = stop();
		gate.awaitReached();
		CompletableFuture<ByteBuf> future = this.loop.submit(this.task);
		this.source.complete(this.buffer);
		assertThat(future).succeedsWithin(LONG).isSameAs(this.buffer);
		gate.release();
		assertThat(stopped).succeedsWithin(LONG);
	}

	@Test
	void callJustAfterGateClosedIsRefused() {
		Seam gate = this.seams.after(TaskRegistry.class, "close");
		CompletableFuture<Void> stopped = stop();
		gate.awaitReached();
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(() -> this.loop.submit(this.task));
		assertThat(this.subscriptions).hasValue(0);
		gate.release();
		assertThat(stopped).succeedsWithin(LONG);
	}

	@Test
	void taskThatPassesGateAtTheMomentOfStopIsRefused() {
		Seam gate = this.seams.after(TaskRegistry.class, "isOpenFor");
		Call call = new Call(LONG);
		gate.awaitReached();
		this.loopThread.stop();
		gate.release();
		call.assertFails(LoopNotRunningException.class);
		assertThat(this.subscriptions).hasValue(0);
	}

	@Test
	void startWhileGateClosesMakesNextLoop() {
		Seam gate = this.seams.before(TaskRegistry.class, "close");
		CompletableFuture<Void> stopped = stop();
		gate.awaitReached();
		CompletableFuture<Void> started = CompletableFuture.runAsync(this.loopThread::start);
		gate.release();
		assertThat(stopped).succeedsWithin(LONG);
		assertThat(started).succeedsWithin(LONG);
		assertThat(this.loopThread.isRunning()).isTrue();
		assertThat(this.loopThread.getGeneration()).isEqualTo(2);
	}

	@Test
	void taskThatIsCancelledBeforeLoopComesToItNeverStarts() {
		Seam turn = this.seams.before(LoopTask.class, "run");
		CompletableFuture<ByteBuf> future = this.loop.submit(this.task);
		turn.awaitReached();
		future.cancel(false);
		turn.release();
		await().until(() -> this.loopThread.activeTasks() == 0);
		assertThat(this.subscriptions).hasValue(0);
	}

	/**
	 * Bring the value on the loop or on a thread of its own, when the task is subscribed
	 * and the loop has gone on. It is that thread that a seam holds.
	 */
	private void completeSource(boolean onLoop) throws Exception {
		await().until(() -> this.subscriptions.get() == 1);
		awaitTurnOfLoop();
		if (onLoop) {
			this.loopThread.eventLoopGroup().execute(() -> this.source.complete(this.buffer));
		}
		else {
			this.completer.start();
		}
	}

	/**
	 * Wait until the loop has done what it was given so far.
	 */
	private void awaitTurnOfLoop() throws Exception {
		this.loopThread.eventLoopGroup().submit(() -> {
		}).get(20, TimeUnit.SECONDS);
	}

	/**
	 * Return a thread that is to make a call.
	 */
	Thread newCaller(Runnable call) {
		return new Thread(call, "caller");
	}

	private CompletableFuture<Void> stop() {
		CompletableFuture<Void> stopped = new CompletableFuture<>();
		this.loopThread.stop(() -> stopped.complete(null));
		return stopped;
	}

	private void assertReleasedAndCounted() {
		await().untilAsserted(() -> assertThat(this.buffer.refCnt()).isZero());
		assertThat(this.loopThread.droppedResults()).isEqualTo(1);
		assertPermitIsBack();
	}

	private void assertPermitIsBack() {
		await().until(() -> this.loopThread.activeTasks() == 0);
		assertThat(this.loop.execute(Mono.just("the only permit"))).isEqualTo("the only permit");
	}

	/**
	 * A call of a thread of its own.
	 */
	private final class Call {

		private final CompletableFuture<@Nullable ByteBuf> outcome = new CompletableFuture<>();

		private final Thread thread;

		private volatile boolean flagKept;

		Call(Duration timeout) {
			this.thread = newCaller(() -> {
				try {
					ByteBuf value = RaceTests.this.loop.withTimeout(timeout).execute(RaceTests.this.task);
					this.flagKept = Thread.currentThread().isInterrupted();
					this.outcome.complete(value);
				}
				catch (Throwable ex) {
					this.flagKept = Thread.currentThread().isInterrupted();
					this.outcome.completeExceptionally(ex);
				}
			});
			this.thread.start();
		}

		void assertHasValue() {
			assertThat(this.outcome).succeedsWithin(LONG).isSameAs(RaceTests.this.buffer);
			assertThat(RaceTests.this.buffer.refCnt()).isOne();
			assertThat(RaceTests.this.loopThread.droppedResults()).isZero();
		}

		AbstractThrowableAssert<?, ?> assertFails(Class<? extends Throwable> type) {
			CompletableFuture<Throwable> failure = this.outcome.handle((value, ex) -> ex);
			assertThat(failure).succeedsWithin(LONG);
			return assertThat(failure.join()).isExactlyInstanceOf(type);
		}

	}

}
