package io.github.loopthread;

import java.io.IOException;
import java.lang.reflect.UndeclaredThrowableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
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
	void interruptedCallerStartsNothing() {
		PublisherProbe<String> task = PublisherProbe.of(Mono.just("never"));
		List<ThrowingCallable> calls = List.of(() -> this.direct.execute(task.mono()), this.direct::scope,
				() -> this.direct.stream(task.mono().flux()),
				() -> this.direct.open(task.mono(), (value) -> Mono.empty()));
		assertThat(calls).allSatisfy((call) -> {
			Thread.currentThread().interrupt();
			try {
				assertThatExceptionOfType(LoopInterruptedException.class).isThrownBy(call);
			}
			finally {
				assertThat(Thread.interrupted()).isTrue();
			}
		});
		task.assertWasNotSubscribed();
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
	void streamIsSubscribedAndAskedOnCaller() {
		List<String> requests = new ArrayList<>();
		Flux<Integer> source = Flux.range(0, 10)
			.doOnRequest((n) -> requests.add("%d on %s".formatted(n, Thread.currentThread().getName())));
		try (Stream<Integer> stream = this.direct.stream(source, 4)) {
			assertThat(stream).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
		}
		String caller = Thread.currentThread().getName();
		assertThat(requests).startsWith("4 on " + caller, "3 on " + caller).allMatch((it) -> it.endsWith(caller));
	}

	@Test
	void streamIsReadFromOtherThread() {
		try (Stream<Long> stream = this.direct.stream(Flux.interval(Duration.ofMillis(1)).onBackpressureBuffer())) {
			assertThat(stream.limit(100)).hasSize(100);
		}
	}

	@Test
	void streamEndsAsThatOfTemplate() {
		IllegalStateException failure = new IllegalStateException("broken");
		Stream<Integer> broken = this.direct.stream(Flux.just(1).concatWith(Mono.error(failure)));
		Iterator<Integer> iterator = broken.iterator();
		assertThat(iterator.next()).isEqualTo(1);
		assertThatIllegalStateException().isThrownBy(iterator::next).isSameAs(failure);
		PublisherProbe<Integer> silent = PublisherProbe.of(Flux.never());
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.direct.withName("quotes")
				.withTimeout(Duration.ofMillis(20))
				.stream(silent.flux())
				.findFirst())
			.withMessageContaining("Stream 'quotes' gave no element within 20ms");
		silent.assertWasCancelled();
		PublisherProbe<Integer> closed = PublisherProbe.of(Flux.never());
		this.direct.stream(closed.flux()).close();
		closed.assertWasCancelled();
		assertThatIllegalArgumentException().isThrownBy(() -> this.direct.stream((Flux<String>) null))
			.withMessageContaining("'source'");
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
		try (HeldDeadlines deadlines = new HeldDeadlines();
				LoopScope scope = this.direct.withTimeout(Duration.ofMillis(20)).scope()) {
			scope.fork(probe.mono());
			deadlines.pass();
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(scope::joinOrThrow);
		}
		probe.assertWasCancelled();
	}

}
