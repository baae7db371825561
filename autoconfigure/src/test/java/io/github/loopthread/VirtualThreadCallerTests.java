package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import reactor.core.publisher.Mono;
import reactor.test.publisher.PublisherProbe;

import org.springframework.core.task.VirtualThreadTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Interrupts and timeouts of callers on virtual threads, which are those of any other.
 */
@EnabledForJreRange(min = JRE.JAVA_21)
@DisplayName("Q3 callers on virtual threads")
class VirtualThreadCallerTests {

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ZERO),
			List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	private final LoopTemplate shortly = this.loop.withTimeout(Duration.ofMillis(200));

	private final PublisherProbe<String> task = PublisherProbe.of(Mono.never());

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void stop() {
		await().until(() -> this.loopThread.activeTasks() == 0);
		this.loopThread.stop();
	}

	@Test
	void interruptCancelsTaskAndKeepsFlag() throws Exception {
		Caller caller = new Caller(() -> this.loop.execute(this.task.mono()));
		await().until(this.task::wasSubscribed);
		caller.thread.interrupt();
		assertThat(caller.outcome()).isEqualTo("LoopInterruptedException, interrupted");
		await().until(this.task::wasCancelled);
	}

	@Test
	void interruptedCallerStartsNothing() throws Exception {
		Caller caller = new Caller(() -> {
			Thread.currentThread().interrupt();
			this.loop.execute(this.task.mono());
		});
		assertThat(caller.outcome()).isEqualTo("LoopInterruptedException, interrupted");
		this.task.assertWasNotSubscribed();
	}

	@Test
	void interruptedCallerDoesNotWaitForCleanUp() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		CountDownLatch cleaningUp = new CountDownLatch(1);
		Caller caller = new Caller(() -> this.loop.execute(this.task.mono().doOnCancel(() -> {
			cleaningUp.countDown();
			awaitLatch(release);
		})));
		await().until(this.task::wasSubscribed);
		caller.thread.interrupt();
		assertThat(caller.outcome()).isEqualTo("LoopInterruptedException, interrupted");
		awaitLatch(cleaningUp);
		assertThat(this.loopThread.activeTasks()).isOne();
		release.countDown();
	}

	@Test
	void timeoutCancelsTask() throws Exception {
		assertThat(new Caller(() -> this.shortly.execute(this.task.mono())).outcome())
			.isEqualTo("LoopTimeoutException");
		await().until(() -> !this.task.wasSubscribed() || this.task.wasCancelled());
	}

	@Test
	void timeoutFiresWhileLoopIsBlockedAndCoversTheTimeInItsQueue() throws Exception {
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			assertThat(new Caller(() -> this.shortly.execute(this.task.mono())).outcome())
				.isEqualTo("LoopTimeoutException");
		}
		this.loop.execute(Mono.empty());
		this.task.assertWasNotSubscribed();
	}

	@Test
	void stopWakesCaller() throws Exception {
		Caller caller = new Caller(() -> this.loop.withoutTimeout().execute(this.task.mono()));
		await().until(this.task::wasSubscribed);
		this.loopThread.stop();
		assertThat(caller.outcome()).isEqualTo("LoopStoppedException");
	}

	@Test
	void scopeEndsAtItsDeadlineAndIsInterruptible() throws Exception {
		Caller late = new Caller(() -> {
			try (LoopScope scope = this.shortly.scope()) {
				scope.fork(Mono.never());
				scope.joinOrThrow();
			}
		});
		Caller interrupted = new Caller(() -> {
			try (LoopScope scope = this.loop.scope()) {
				scope.fork(this.task.mono());
				scope.joinOrThrow();
			}
		});
		await().until(this.task::wasSubscribed);
		interrupted.thread.interrupt();
		assertThat(interrupted.outcome()).isEqualTo("LoopInterruptedException, interrupted");
		assertThat(late.outcome()).isEqualTo("LoopTimeoutException");
		await().until(this.task::wasCancelled);
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
	 * A virtual thread that makes a call.
	 */
	private static final class Caller {

		private final FutureTask<String> outcome;

		private final Thread thread;

		Caller(Runnable call) {
			this.outcome = new FutureTask<>(() -> {
				try {
					call.run();
					return "returned";
				}
				catch (RuntimeException ex) {
					return ex.getClass().getSimpleName()
							+ (Thread.currentThread().isInterrupted() ? ", interrupted" : "");
				}
			});
			this.thread = new VirtualThreadTaskExecutor("caller-").getVirtualThreadFactory().newThread(this.outcome);
			this.thread.start();
		}

		String outcome() throws Exception {
			return this.outcome.get(20, TimeUnit.SECONDS);
		}

	}

}
