package io.github.loopthread.examples.testing;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.test.LoopLeftovers;
import io.github.loopthread.test.LoopLeftoversExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What {@code docs/testing.md} says about time, the loop, and {@code direct()}.
 */
@Timeout(60)
@ExtendWith(LoopLeftoversExtension.class)
class TimeAndLoopTests {

	private LoopThread loopThread;

	private LoopTemplate loop;

	@BeforeEach
	void start() {
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of());
		this.loopThread.start();
		this.loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(5));
	}

	@AfterEach
	void stop() {
		LoopLeftovers.assertNone(this.loopThread);
		this.loopThread.stop();
	}

	@Test
	void retriesAfterThreeSeconds() {
		AtomicInteger calls = new AtomicInteger();
		Mono<String> flaky = Mono.fromSupplier(() -> {
			if (calls.incrementAndGet() < 2) {
				throw new IllegalStateException("down");
			}
			return "Simple things should be simple";
		});
		StepVerifier.withVirtualTime(() -> flaky.retryWhen(Retry.fixedDelay(1, Duration.ofSeconds(3))))
			.expectSubscription()
			.expectNoEvent(Duration.ofSeconds(3))
			.expectNext("Simple things should be simple")
			.verifyComplete();
	}

	@Test
	void deadlineHoldsAlsoWhileLoopIsBlocked() {
		CountDownLatch release = new CountDownLatch(1);
		CompletableFuture<Boolean> blocker = this.loop
			.submit(Mono.fromCallable(() -> release.await(20, TimeUnit.SECONDS)));
		try {
			assertThatExceptionOfType(LoopTimeoutException.class)
				.isThrownBy(() -> this.loop.withTimeout(Duration.ofMillis(50)).execute(Mono.just("late")))
				.withMessageContaining("still queued");
		}
		finally {
			release.countDown();
		}
		assertThat(blocker).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(true);
	}

	@Test
	void directDoesNotShowTaskThatWaitsInsideTask() {
		LoopOperations direct = LoopOperations.direct();
		assertThat(direct.execute(Mono.fromSupplier(() -> direct.execute(Mono.just("value"))))).isEqualTo("value");
		assertThatIllegalStateException()
			.isThrownBy(() -> this.loop.execute(Mono.fromSupplier(() -> this.loop.execute(Mono.just("value")))))
			.withMessageContaining("LoopTemplate.execute must not wait on thread 'loop-1'");
	}

}
