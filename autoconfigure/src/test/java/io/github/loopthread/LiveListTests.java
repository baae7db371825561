package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.core.task.SimpleAsyncTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopThread#tasks()} with the forks of a scope.
 */
@Timeout(30)
class LiveListTests {

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ZERO),
			List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	@AfterEach
	void stop() {
		this.loopThread.stop();
	}

	@Test
	void forkIsWaitedForWhileItsScopeIsJoined() {
		CompletableFuture<?> owner = inScope((scope) -> {
			scope.fork("first", Mono.never());
			scope.fork("second", Mono.never());
			scope.join();
		});
		await().untilAsserted(() -> assertThat(this.loopThread.tasks()).hasSize(2)
			.allSatisfy((task) -> assertThat(task.callerWaits()).as(task.name()).isTrue()));
		this.loopThread.stop();
		assertThat(owner).failsWithin(Duration.ofSeconds(20));
	}

	@Test
	void forkIsNotWaitedForWhileItsOwnerDoesOtherThings() {
		try (LoopScope scope = this.loop.scope()) {
			scope.fork(Mono.never());
			assertThat(this.loopThread.tasks()).singleElement()
				.satisfies((task) -> assertThat(task.callerWaits()).isFalse());
		}
	}

	@Test
	void ageOfForkIsItsOwn() {
		try (LoopScope scope = this.loop.scope()) {
			scope.fork("first", Mono.never());
			await().until(() -> this.loopThread.tasks().get(0).age().toMillis() >= 50);
			long forked = System.nanoTime();
			scope.fork("second", Mono.never());
			List<LoopTaskInfo> tasks = this.loopThread.tasks();
			Duration sinceForked = Duration.ofNanos(System.nanoTime() - forked);
			assertThat(tasks).extracting(LoopTaskInfo::name).containsExactly("first", "second");
			assertThat(tasks.get(0).age()).isGreaterThanOrEqualTo(Duration.ofMillis(50));
			assertThat(tasks.get(1).age()).isLessThanOrEqualTo(sinceForked);
		}
	}

	private CompletableFuture<?> inScope(Consumer<LoopScope> body) {
		return new SimpleAsyncTaskExecutor("owner-").submitCompletable(() -> {
			try (LoopScope scope = this.loop.scope()) {
				body.accept(scope);
			}
			throw new IllegalStateException("joined");
		});
	}

}
