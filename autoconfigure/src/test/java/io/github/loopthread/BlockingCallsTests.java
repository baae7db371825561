package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link BlockingCalls}: whatever blocks would be found, in every test of the
 * suite.
 */
@Timeout(60)
class BlockingCallsTests {

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	@BeforeEach
	void start() {
		this.loopThread.start();
		BlockingCalls.takeOfTests();
	}

	@AfterEach
	void stop() {
		this.loopThread.stop();
	}

	@Test
	void areFoundInThisBuild() {
		assertThat(BlockingCalls.areFound()).isEqualTo(Boolean.getBoolean("blocking-calls.found"));
	}

	@Test
	@EnabledIf("io.github.loopthread.BlockingCalls#areFound")
	void taskThatBlocksIsFound() {
		this.loop.execute(Mono.fromRunnable(() -> LockSupport.parkNanos(1)));
		assertThat(BlockingCalls.takeOfTests()).singleElement()
			.satisfies((call) -> assertThat(call).hasMessageContaining("park")
				.hasStackTraceContaining("BlockingCallsTests.lambda$taskThatBlocksIsFound"));
		assertThat(BlockingCalls.take()).isEmpty();
	}

	@Test
	@EnabledIf("io.github.loopthread.BlockingCalls#areFound")
	void codeOfOursThatBlocksIsFound() {
		// A thread that takes care of a loop waits there, as the loop's must not
		this.loop.execute(Mono.fromRunnable(() -> {
			StreamQueue<Object> queue = new StreamQueue<>();
			queue.await(TimeUnit.MICROSECONDS.toNanos(1));
		}));
		assertThat(BlockingCalls.take()).singleElement()
			.satisfies((call) -> assertThat(call).hasStackTraceContaining("StreamQueue.await"));
		assertThat(BlockingCalls.takeOfTests()).isEmpty();
	}

	@Test
	@EnabledIf("io.github.loopthread.BlockingCalls#areFound")
	void futureWithTimeLimitOfTheJdkDoesNotCount() throws Exception {
		AtomicBoolean over = new AtomicBoolean();
		// Before Java 25 the JDK takes a lock, that of all such limits, to forget one
		Thread others = new Thread(() -> {
			while (!over.get()) {
				new CompletableFuture<>().orTimeout(1, TimeUnit.MINUTES).complete(null);
			}
		});
		others.start();
		try {
			for (int i = 0; i < 5_000; i++) {
				this.loop.submit(Mono.just(i)).orTimeout(1, TimeUnit.MINUTES).get(20, TimeUnit.SECONDS);
			}
		}
		finally {
			over.set(true);
			others.join();
		}
		assertThat(BlockingCalls.take()).isEmpty();
	}

	@Test
	@EnabledIf("io.github.loopthread.BlockingCalls#areFound")
	void otherThreadsMayBlock() {
		LockSupport.parkNanos(1);
		assertThat(BlockingCalls.take()).isEmpty();
		assertThat(BlockingCalls.takeOfTests()).isEmpty();
	}

}
