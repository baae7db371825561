package io.github.loopthread;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;

import io.micrometer.context.ContextSnapshotFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

import org.springframework.core.NestedRuntimeException;
import org.springframework.core.codec.CodecException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link LoopTask} on a loop that is driven by hand and may have ended: when
 * the task is off the list, what becomes of what it brings, and what it says meanwhile.
 */
@Timeout(60)
class LoopTaskEndTests {

	private final DroppedResults dropped = new DroppedResults();

	private final Queue<Runnable> loop = new ArrayDeque<>();

	private final List<String> late = new ArrayList<>();

	private final Source source = new Source();

	private boolean ended;

	private @Nullable String blockage;

	private final TaskRegistry registry = new TaskRegistry(10, () -> this.blockage);

	private final LoopTask<String> task = admitted("task");

	// Tests run in threads of their own
	private final String broughtBy = Thread.currentThread().getName();

	@Test
	void taskThatLoopDoesNotTakeIsStoppedAndOffTheList() {
		this.ended = true;
		this.task.start();
		assertThat(this.task.failure()).isInstanceOf(LoopStoppedException.class).hasNoCause();
		assertThat(this.registry.size()).isZero();
		assertThat(this.source.subscribed()).isFalse();
	}

	@Test
	void stepThatLoopDoesNotTakeStopsTask() {
		startAndRun();
		this.source.subscriber().onNext("value");
		this.ended = true;
		this.task.runOnLoop(() -> this.late.add("never"));
		assertThat(this.task.failure()).isInstanceOf(LoopStoppedException.class);
		assertThat(this.registry.size()).isZero();
		assertThat(this.late).containsExactly("value");
	}

	@Test
	void stepThatFailsFailsTask() {
		startAndRun();
		NoClassDefFoundError failure = new NoClassDefFoundError("missing");
		this.task.runOnLoop(() -> {
			throw failure;
		});
		assertThat(this.task).isNotDone();
		turnLoop();
		assertThat(this.task.failure()).isSameAs(failure);
	}

	@Test
	void cancelThatLoopDoesNotTakeEndsTask() {
		startAndRun();
		this.source.subscriber().onNext("value");
		this.ended = true;
		assertThat(this.task.cancel(false)).isTrue();
		assertThat(this.registry.size()).isZero();
		assertThat(this.late).containsExactly("value");
	}

	@Test
	void taskThatIsCancelledBeforeItsTurnIsOffTheListWhenThatComes() {
		this.task.start();
		this.task.cancel(false);
		assertThat(this.registry.size()).isOne();
		this.loop.remove().run();
		assertThat(this.registry.size()).isZero();
		turnLoop();
		assertThat(this.source.subscribed()).isFalse();
	}

	@Test
	void contextThatCannotBeCapturedFailsTask() {
		NoClassDefFoundError failure = new NoClassDefFoundError("missing");
		this.task.start(mock(ContextSnapshotFactory.class, (call) -> {
			throw failure;
		}), List.of());
		assertThat(this.task.failure()).isSameAs(failure);
		assertThat(this.registry.size()).isZero();
		assertThat(this.loop).isEmpty();
	}

	@Test
	void sourceIsCancelledOnLoop() {
		startAndRun();
		this.task.cancelSource();
		assertThat(this.source.cancels).isZero();
		assertThat(this.registry.size()).isOne();
		turnLoop();
		assertThat(this.source.cancels).isOne();
		assertThat(this.registry.size()).isZero();
	}

	@Test
	void sourceThatHasEndedIsNotCancelled() {
		startAndRun();
		this.source.subscriber().onComplete();
		assertThat(this.registry.size()).isZero();
		this.task.cancelSource();
		turnLoop();
		assertThat(this.source.cancels).isZero();
	}

	@Test
	void sourceThatHasFailedIsNotCancelled() {
		startAndRun();
		this.source.subscriber().onError(new IllegalStateException());
		assertThat(this.registry.size()).isZero();
		this.task.cancelSource();
		turnLoop();
		assertThat(this.source.cancels).isZero();
	}

	@Test
	void failureThatComesTooLateIsCountedUnlessItIsCancellation() {
		startAndRun();
		this.source.subscriber().onComplete();
		this.source.subscriber().onError(new CancellationException());
		assertThat(this.dropped.count()).isZero();
		this.source.subscriber().onError(new IllegalStateException());
		assertThat(this.dropped.count()).isOne();
		this.task.fail(new IllegalStateException());
		assertThat(this.dropped.count()).isEqualTo(2);
		assertThat(this.task).isCompletedWithValue(null);
	}

	@Test
	void cancellationOfItsOwnIsItsOutcome() {
		startAndRun();
		CancellationException failure = new CancellationException();
		this.source.subscriber().onError(failure);
		assertThat(this.task.failure()).isSameAs(failure);
		assertThat(this.dropped.count()).isZero();
	}

	@Test
	void taskWhoseLoopHasEndedHasTheCauseAndLosesItsValue() {
		startAndRun();
		this.source.subscriber().onNext("value");
		OutOfMemoryError cause = new OutOfMemoryError();
		this.task.endWithLoop(cause);
		assertThat(this.task.failure()).isInstanceOf(LoopStoppedException.class).hasCause(cause);
		assertThat(this.late).containsExactly("value");
		assertThat(this.registry.size()).isZero();
	}

	@Test
	void exceptionOfOursComesOutOfWrapperOfSprings() {
		LoopNotRunningException notRunning = new LoopNotRunningException("not running");
		LoopStoppedException stopped = new LoopStoppedException("task", null);
		assertThat(failureAfter(new CodecException("wrapped", notRunning))).isSameAs(notRunning);
		assertThat(failureAfter(new CodecException("wrapped", stopped))).isSameAs(stopped);
		for (Throwable other : List.of(new CodecException("wrapped", new IllegalStateException()),
				new CodecException("nothing in it"), new IllegalStateException(stopped), new OwnWrapper(stopped))) {
			assertThat(failureAfter(other)).isSameAs(other);
		}
	}

	@Test
	void saysWhatItWaitsFor() {
		assertThat(this.task.whatItWaitsFor()).isEqualTo("still queued");
		this.blockage = "Blocker.block";
		assertThat(this.task.whatItWaitsFor()).isEqualTo("still queued while the loop is blocked in Blocker.block");
		startAndRun();
		assertThat(this.task.whatItWaitsFor()).isEqualTo("while the loop is blocked in Blocker.block");
		this.blockage = null;
		assertThat(this.task.whatItWaitsFor()).isEqualTo("running");
		this.task.began("GET /a");
		assertThat(this.task.whatItWaitsFor()).isEqualTo("waiting for GET /a");
		assertThat(admitted("other").info(false).waitsFor()).isEmpty();
		assertThat(this.task.info(false).waitsFor()).containsExactly("GET /a");
		this.task.ended("GET /a");
		assertThat(this.task.info(false).waitsFor()).isEmpty();
		assertThat(this.task.whatItWaitsFor()).isEqualTo("running");
	}

	@Test
	void operationsBeyondTheTenthAreCounted() {
		startAndRun();
		for (int i = 1; i <= 10; i++) {
			this.task.began("GET /a");
			this.task.began("GET /" + i);
		}
		assertThat(this.task.whatItWaitsFor()).endsWith(" and 1 more");
		this.task.ended("GET /a");
		assertThat(this.task.whatItWaitsFor()).contains("GET /10").doesNotContain("more");
	}

	@Test
	void operationThatCannotBeDescribedHoldsNothingUp() {
		startAndRun();
		this.task.began(new Object() {

			@Override
			public String toString() {
				throw new IllegalStateException("not described");
			}

		});
		assertThat(this.task.whatItWaitsFor()).isEqualTo("waiting for java.lang.IllegalStateException");
		assertThat(this.task.info(false).waitsFor()).containsExactly("java.lang.IllegalStateException");
	}

	@Test
	void taskThatIsOverdueNeedsNoLookingAfterOnceItHasItsOutcome() {
		LoopTask<String> overdue = new LoopTask<>(this.source,
				TaskOrigin.internal("overdue", Deadline.after(Duration.ofNanos(1))),
				new TaskHome(this::execute, this.registry, this.dropped), this.late::add);
		await().until(() -> overdue.deadline().hasPassed());
		assertThat(overdue.needsLookingAfter()).isTrue();
		overdue.lookAfter();
		assertThat(overdue.failure()).isInstanceOf(LoopTimeoutException.class);
		assertThat(overdue.needsLookingAfter()).isFalse();
	}

	@Test
	void isDescribed() {
		assertThat(this.task.describe()).startsWith("Task 'task', still queued, brought ")
			.contains("ms ago by thread '%s'".formatted(this.broughtBy));
		this.task.cancel(false);
		assertThat(this.task.describe()).startsWith("Task 'task', being cancelled, still queued, brought ");
		LoopTask<String> asked = admitted("asked");
		asked.start();
		asked.cancelSource();
		assertThat(asked.describe()).startsWith("Task 'asked', being cancelled, still queued, brought ");
	}

	private Throwable failureAfter(Throwable signalled) {
		LoopTask<String> failing = admitted("failing");
		failing.start();
		turnLoop();
		this.source.subscriber().onError(signalled);
		return failing.failure();
	}

	private LoopTask<String> admitted(String name) {
		LoopTask<String> admitted = new LoopTask<>(this.source, TaskOrigin.internal(name, Deadline.after(null)),
				new TaskHome(this::execute, this.registry, this.dropped), this.late::add);
		this.registry.admit(admitted, null);
		return admitted;
	}

	private void startAndRun() {
		this.task.start();
		turnLoop();
		assertThat(this.source.subscribed()).isTrue();
	}

	private void turnLoop() {
		for (Runnable next = this.loop.poll(); next != null; next = this.loop.poll()) {
			next.run();
		}
	}

	private void execute(Runnable step) {
		if (this.ended) {
			throw new RejectedExecutionException("ended");
		}
		this.loop.add(step);
	}

	private static final class Source extends Mono<String> implements Subscription {

		private @Nullable CoreSubscriber<? super String> subscriber;

		private int cancels;

		@Override
		public void subscribe(CoreSubscriber<? super String> subscriber) {
			this.subscriber = subscriber;
			subscriber.onSubscribe(this);
		}

		@Override
		public void request(long n) {
			// Signals come when the test says so
		}

		@Override
		public void cancel() {
			this.cancels++;
		}

		boolean subscribed() {
			return this.subscriber != null;
		}

		CoreSubscriber<? super String> subscriber() {
			assertThat(this.subscriber).isNotNull();
			return this.subscriber;
		}

	}

	private static final class OwnWrapper extends NestedRuntimeException {

		OwnWrapper(Throwable cause) {
			super("own", cause);
		}

	}

}
