package io.github.loopthread;

import java.io.IOException;
import java.lang.reflect.UndeclaredThrowableException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.test.publisher.PublisherProbe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link LoopOperations#direct()}.
 */
@Timeout(60)
class DirectOperationsTests {

	private final LoopOperations direct = LoopOperations.direct();

	@Test
	void runsOnCaller() {
		assertThat(this.direct.execute(Mono.fromSupplier(Thread::currentThread))).isSameAs(Thread.currentThread());
		assertThat(this.direct.execute(() -> CompletableFuture.completedStage(Thread.currentThread())))
			.isSameAs(Thread.currentThread());
	}

	@Test
	void waitsForAsynchronousResult() {
		assertThat(this.direct.execute(Mono.delay(Duration.ofMillis(5)).thenReturn("value"))).isEqualTo("value");
	}

	@Test
	void submitReturnsWhenTaskHasEnded() {
		assertThat(this.direct.submit(Mono.delay(Duration.ofMillis(5)).thenReturn("value")))
			.isCompletedWithValue("value");
		assertThat(this.direct.submit(() -> CompletableFuture.completedStage("value"))).isCompletedWithValue("value");
	}

	@Test
	void submitKeepsFailureInFuture() {
		CompletableFuture<String> future = this.direct.submit(Mono.error(new IOException("broken")));
		assertThatExceptionOfType(CompletionException.class).isThrownBy(future::join)
			.withCauseInstanceOf(IOException.class);
	}

	@Test
	void failsAsTemplateDoes() {
		IllegalStateException failure = new IllegalStateException("broken");
		assertThatIllegalStateException().isThrownBy(() -> this.direct.execute(Mono.error(failure))).isSameAs(failure);
		assertThatExceptionOfType(UndeclaredThrowableException.class)
			.isThrownBy(() -> this.direct.execute(Mono.error(new IOException("broken"))));
		assertThatIllegalArgumentException().isThrownBy(() -> this.direct.execute((Mono<String>) null))
			.withMessageContaining("'task'");
	}

	@Test
	void timeoutCancelsTask() {
		PublisherProbe<String> task = PublisherProbe.of(Mono.never());
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.direct.withName("quote").withTimeout(Duration.ofMillis(20)).execute(task.mono()))
			.withMessageContaining("'quote'");
		task.assertWasCancelled();
		assertThat(this.direct.withTimeout(Duration.ofMillis(20)).withoutTimeout().execute(Mono.just("value")))
			.isEqualTo("value");
	}

	@Test
	void scopeRunsForksOnCaller() {
		try (LoopScope scope = this.direct.withName("page").scope()) {
			Fork<Thread> fork = scope.fork(Mono.fromSupplier(Thread::currentThread));
			Fork<String> later = scope.fork("later", Mono.delay(Duration.ofMillis(5)).thenReturn("value"));
			Fork<String> failed = scope.fork(() -> CompletableFuture.failedStage(new IOException("broken")));
			assertThat(fork.get()).isSameAs(Thread.currentThread());
			assertThat(later.get()).isEqualTo("value");
			assertThat(failed.orElse("fallback")).isEqualTo("fallback");
			assertThat(scope.join()).containsExactly(fork, later, failed);
		}
	}

	@Test
	void scopeKeepsDeadlineAndCancelsForks() {
		PublisherProbe<String> probe = PublisherProbe.of(Mono.never());
		try (LoopScope scope = this.direct.withTimeout(Duration.ofMillis(20)).scope()) {
			scope.fork(probe.mono());
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(scope::joinOrThrow);
		}
		probe.assertWasCancelled();
	}

}
