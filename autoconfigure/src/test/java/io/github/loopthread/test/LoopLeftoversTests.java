package io.github.loopthread.test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTaskInfo;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopLeftovers}.
 */
@Timeout(60)
class LoopLeftoversTests {

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of());

	private final LoopTemplate template = new LoopTemplate(this.loopThread, Duration.ofSeconds(30));

	@AfterEach
	void stop() {
		this.loopThread.stop();
	}

	@Test
	void loopWithoutWorkHasNoLeftoversInAnyState() {
		LoopLeftovers.assertNone(this.loopThread);
		this.loopThread.start();
		LoopLeftovers.assertNone(this.loopThread);
		this.loopThread.stop();
		LoopLeftovers.assertNone(this.loopThread, Duration.ZERO);
	}

	@Test
	void saysWhatIsOpenAndWhatToDo() {
		this.loopThread.start();
		CompletableFuture<?> quote = this.template.withName("quote").submit(Mono.never());
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> LoopLeftovers.assertNone(this.loopThread, Duration.ofMillis(50)))
			.withMessageStartingWith("Somebody who uses loop 'loop' has left open:\nTask 'quote', ")
			.withMessageContaining("saysWhatIsOpenAndWhatToDo(LoopLeftoversTests.java:")
			.withMessageContaining("wait for the future of submit");
		quote.cancel(true);
		LoopLeftovers.assertNone(this.loopThread);
	}

	@Test
	void taskThatEndsThoughCancelledLateIsWaitedForAlsoByInterruptedThread() {
		this.loopThread.start();
		this.template.submit(Mono.delay(Duration.ofMillis(50)));
		Thread.currentThread().interrupt();
		LoopLeftovers.assertNone(this.loopThread);
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void callerThatStillWaitsIsNamedWithItsPlace() throws Exception {
		this.loopThread.start();
		CompletableFuture<?> released = new CompletableFuture<>();
		Thread caller = new Thread(() -> this.template.withName("slow").execute(Mono.fromFuture(released)), "caller");
		caller.start();
		await().until(() -> caller.getState() == Thread.State.TIMED_WAITING
				&& this.loopThread.tasks().get(0).state() == LoopTaskInfo.State.RUNNING);
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> LoopLeftovers.assertNone(this.loopThread, Duration.ZERO))
			.withMessageContaining("Task 'slow', running, brought")
			.withMessageContaining("by thread 'caller' here:\n\tat ")
			.withMessageContaining("LoopLeftoversTests.java:");
		released.complete(null);
		caller.join(20_000);
		LoopLeftovers.assertNone(this.loopThread);
	}

	@Test
	void wrongArgumentsAreNamed() {
		assertThatIllegalArgumentException().isThrownBy(() -> LoopLeftovers.assertNone(null))
			.withMessageContaining("'loop'");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> LoopLeftovers.assertNone(this.loopThread, Duration.ofMillis(-1)))
			.withMessageContaining("'patience'")
			.withMessageContaining("PT-0.001S");
		assertThatIllegalArgumentException().isThrownBy(() -> new LoopLeftoversExtension(null))
			.withMessageContaining("'patience'");
	}

}
