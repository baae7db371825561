package io.github.loopthread;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.UndeclaredThrowableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

import org.springframework.beans.DirectFieldAccessor;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.TaskRejectedException;

import io.github.loopthread.Fork.Outcome;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopScope} and {@link Fork}. Read from top to bottom, the names say
 * what they promise.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class LoopScopeTests {

	private static final Duration SHORT = Duration.ofMillis(200);

	private static final Duration LONG = Duration.ofSeconds(20);

	private final AtomicInteger running = new AtomicInteger();

	private final Queue<String> started = new ConcurrentLinkedQueue<>();

	private LoopThread loopThread = loopThread(LoopSettings.defaults().withDrainTimeout(Duration.ZERO));

	private LoopTemplate loop = new LoopTemplate(this.loopThread, LONG);

	@AfterEach
	void stop() {
		try {
			await().untilAsserted(() -> assertThat(this.loopThread.activeTasks()).isZero());
			assertThat(this.running).as("forks that still run").hasValue(0);
		}
		finally {
			this.loopThread.stop();
		}
	}

	// One fork

	@Test
	void forksRunOnLoopAtOnce() {
		Sinks.One<String> first = Sinks.one();
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> waiting = scope.fork(first.asMono().map((value) -> value + " on " + thread()));
			Fork<String> other = scope.fork(Mono.fromSupplier(() -> {
				first.tryEmitValue("value");
				return thread();
			}));
			assertThat(waiting.get()).isEqualTo("value on loop-1");
			assertThat(other.get()).isEqualTo("loop-1");
		}
	}

	@Test
	void stageIsForkedAsWell() {
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> fork = scope.fork(() -> CompletableFuture.completedFuture(thread()));
			Fork<String> named = scope.fork("named", () -> CompletableFuture.failedFuture(new IOException("broken")));
			scope.join();
			assertThat(fork.get()).isEqualTo("loop-1");
			assertThat(named.failure()).isInstanceOf(IOException.class);
			assertThat(named.name()).isEqualTo("named");
		}
	}

	@Test
	void successHasValue() {
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> fork = scope.fork(Mono.just("value"));
			assertThat(fork.get()).isEqualTo("value").isEqualTo(fork.get());
			assertThat(fork.orElse("fallback")).isEqualTo("value");
			assertThat(fork.toOptional()).hasValue("value");
			assertThat(fork.outcome()).isEqualTo(Outcome.SUCCESS);
			assertThat(fork.failure()).isNull();
		}
	}

	@Test
	void emptySuccessGivesNullOrFallback() {
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> fork = scope.fork(Mono.empty());
			assertThat(fork.get()).isNull();
			assertThat(fork.orElse("fallback")).isEqualTo("fallback");
			assertThat(fork.toOptional()).isEmpty();
			assertThat(fork.outcome()).isEqualTo(Outcome.SUCCESS);
		}
	}

	@Test
	void failureIsThrownAsItIs() {
		IllegalArgumentException failure = new IllegalArgumentException("broken");
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> fork = scope.fork(Mono.error(failure));
			for (int i = 0; i < 3; i++) {
				assertThatIllegalArgumentException().isThrownBy(fork::get).isSameAs(failure);
			}
			assertThat(failure.getSuppressed()).hasSize(1);
			assertThat(fork.orElse("fallback")).isEqualTo("fallback");
			assertThat(fork.toOptional()).isEmpty();
			assertThat(fork.outcome()).isEqualTo(Outcome.FAILED);
			assertThat(fork.failure()).isSameAs(failure);
		}
	}

	@Test
	void checkedFailureIsWrapped() {
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> fork = scope.fork(Mono.error(new IOException("broken")));
			assertThatExceptionOfType(UndeclaredThrowableException.class).isThrownBy(fork::get)
				.withCauseInstanceOf(IOException.class);
			assertThat(fork.failure()).isInstanceOf(IOException.class);
		}
	}

	@Test
	void timeoutOfTaskItselfIsFailure() {
		try (LoopScope scope = this.loop.scope()) {
			Fork<Object> own = scope.fork(Mono.never().timeout(Duration.ofMillis(1)));
			assertThatExceptionOfType(UndeclaredThrowableException.class).isThrownBy(own::get)
				.withCauseInstanceOf(TimeoutException.class);
			assertThat(own.outcome()).isEqualTo(Outcome.FAILED);
			LoopTimeoutException ofAnother = LoopTimeoutException.ofTask("another", Deadline.after(SHORT), "running",
					"was cancelled");
			Fork<Object> another = scope.fork(Mono.error(ofAnother));
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(another::get).isSameAs(ofAnother);
			assertThat(another.outcome()).isEqualTo(Outcome.FAILED);
		}
	}

	@Test
	void outcomeIsSeenWithoutWaiting() {
		Sinks.One<String> value = Sinks.one();
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> fork = scope.fork(value.asMono());
			assertThat(fork.outcome()).isEqualTo(Outcome.RUNNING);
			assertThat(fork.failure()).isNull();
			value.tryEmitValue("value");
			await().until(() -> fork.outcome() == Outcome.SUCCESS);
		}
	}

	@Test
	void forkHasNameOfOperationsOrItsOwn() {
		try (LoopScope scope = this.loop.withName("page").scope()) {
			assertThat(scope.fork(Mono.empty()).name()).isEqualTo("page");
			assertThat(scope.fork("stock", Mono.empty()).name()).isEqualTo("stock");
			assertThat(scope).hasToString("Scope 'page'");
		}
	}

	@Test
	void badArgumentsAreNamed() {
		try (LoopScope scope = this.loop.scope()) {
			assertThatIllegalArgumentException().isThrownBy(() -> scope.fork((Mono<String>) null))
				.withMessage("'task' must not be null");
			assertThatIllegalArgumentException().isThrownBy(() -> scope.fork(" ", Mono.empty()))
				.withMessage("'name' must not be blank or contain control characters, but is ' '");
			assertThat(scope.join()).isEmpty();
		}
	}

	@Test
	void seesValuesOfItsCaller() {
		this.loopThread.stop();
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(), CallerValues.loopContext());
		this.loop = new LoopTemplate(this.loopThread, LONG);
		try (CallerValues values = CallerValues.set("alice"); LoopScope scope = this.loop.scope()) {
			Fork<String> fork = scope.fork(Mono.fromSupplier(CallerValues::current));
			Fork<String> later = scope.fork(Mono.delay(Duration.ofMillis(5), this.loopThread.scheduler())
				.map((tick) -> CallerValues.current()));
			assertThat(fork.get()).isEqualTo(CallerValues.current()).contains("alice");
			assertThat(later.get()).isEqualTo(CallerValues.current());
		}
	}

	// Joining

	@Test
	void joinWaitsForAllAndThrowsNothing() {
		Sinks.One<String> slow = Sinks.one();
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> failed = scope.fork(Mono.error(new IOException("broken")));
			Fork<String> waiting = scope.fork(slow.asMono());
			Fork<Boolean> last = scope.fork(Mono.fromSupplier(() -> slow.tryEmitValue("slow").isSuccess()));
			assertThat(scope.join()).containsExactly(failed, waiting, last);
			assertThat(scope.join()).extracting(Fork::outcome)
				.containsExactly(Outcome.FAILED, Outcome.SUCCESS, Outcome.SUCCESS);
		}
	}

	@Test
	void joinFindsForkWhoseEndWasNotAnnounced() {
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> fork = scope.fork(Mono.just("value"));
			// As where a stack overflows
			Queue<?> announced = (Queue<?>) new DirectFieldAccessor(scope).getPropertyValue("forks.ended");
			await().until(() -> !announced.isEmpty());
			announced.clear();
			Thread owner = Thread.currentThread();
			CompletableFuture<Void> backstop = CompletableFuture.runAsync(owner::interrupt,
					CompletableFuture.delayedExecutor(10, TimeUnit.SECONDS));
			assertThat(scope.join()).containsExactly(fork);
			backstop.cancel(true);
			scope.joinOrThrow();
			assertThat(scope.join()).containsExactly(fork);
		}
	}

	@Test
	void furtherForksMayFollow() {
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> user = scope.fork(Mono.just("user"));
			String name = user.get();
			Fork<String> orders = scope.fork(Mono.just("orders of " + name));
			scope.joinOrThrow();
			Fork<String> last = scope.fork(Mono.just("last"));
			assertThat(scope.join()).containsExactly(user, orders, last);
			assertThat(orders.get()).isEqualTo("orders of user");
		}
	}

	@Test
	void joinOrThrowReturnsWhenAllHaveSucceeded() {
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> empty = scope.fork(Mono.empty());
			Fork<String> value = scope.fork(Mono.delay(Duration.ofMillis(5)).thenReturn("value"));
			scope.joinOrThrow();
			assertThat(List.of(empty.outcome(), value.outcome())).containsOnly(Outcome.SUCCESS);
		}
	}

	@Test
	void joinOrThrowThrowsFirstFailureAndCancelsOthers() {
		IllegalStateException first = new IllegalStateException("first");
		Sinks.One<String> trigger = Sinks.one();
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> running = scope.fork("running", running());
			Fork<String> failing = scope.fork("failing", trigger.asMono());
			trigger.tryEmitError(first);
			assertThatIllegalStateException().isThrownBy(scope::joinOrThrow).isSameAs(first);
			assertThat(running.outcome()).isEqualTo(Outcome.CANCELLED);
			assertThat(failing.outcome()).isEqualTo(Outcome.FAILED);
			await().untilAsserted(() -> assertThat(this.running).hasValue(0));
			assertThatExceptionOfType(CancellationException.class).isThrownBy(running::get)
				.withMessage("Scope 'unnamed' was cancelled: 'failing' had failed");
			assertThat(running.orElse("fallback")).isEqualTo("fallback");
			assertThatIllegalStateException().isThrownBy(scope::joinOrThrow).isSameAs(first);
			assertThat(first.getSuppressed()).hasSize(1);
		}
	}

	@Test
	void laterFailureOfLoserIsCountedAndNotLogged(CapturedOutput output) {
		Sinks.One<String> trigger = Sinks.one();
		CompletableFuture<String> loser = new CompletableFuture<>();
		try (LoopScope scope = this.loop.scope()) {
			scope.fork(Mono.fromFuture(loser, true));
			scope.fork(trigger.asMono());
			trigger.tryEmitError(new IOException("first"));
			assertThatExceptionOfType(UndeclaredThrowableException.class).isThrownBy(scope::joinOrThrow);
			await().until(() -> this.loopThread.activeTasks() == 0);
			loser.completeExceptionally(new IOException("of the loser"));
			assertThat(this.loopThread.droppedResults()).isEqualTo(1);
		}
		assertThat(output).doesNotContain("of the loser").doesNotContain("onErrorDropped");
	}

	@Test
	void firstReturnsFirstSuccessAndCancelsOthers() {
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> failed = scope.fork(Mono.error(new IOException("broken")));
			Fork<String> running = scope.fork(running());
			scope.fork("winner", Mono.delay(Duration.ofMillis(5)).thenReturn("value"));
			String first = scope.first();
			assertThat(first).isEqualTo("value");
			assertThat(failed.outcome()).isEqualTo(Outcome.FAILED);
			assertThatExceptionOfType(CancellationException.class).isThrownBy(running::get)
				.withMessage("Scope 'unnamed' was cancelled: 'winner' was first");
			String again = scope.first();
			assertThat(again).isEqualTo("value");
		}
	}

	@Test
	void emptyForkMayBeFirst() {
		try (LoopScope scope = this.loop.scope()) {
			scope.fork(running());
			scope.fork(Mono.empty());
			String first = scope.first();
			assertThat(first).isNull();
		}
	}

	@Test
	void firstOfForksThatAllFailedThrowsEveryCause() {
		IOException first = new IOException("first");
		IllegalStateException second = new IllegalStateException("second");
		try (LoopScope scope = this.loop.withName("mirrors").scope()) {
			scope.fork("a", Mono.error(first));
			Fork<String> b = scope.fork("b", Mono.error(second));
			assertThatExceptionOfType(LoopForksFailedException.class).isThrownBy(scope::first)
				.withMessageMatching("No fork of Scope 'mirrors' succeeded: 1 'a' FAILED after \\d+ms with "
						+ "java.io.IOException; 2 'b' FAILED after \\d+ms with java.lang.IllegalStateException")
				.withCause(first)
				.satisfies((ex) -> assertThat(ex.getSuppressed()).containsExactly(second));
			assertThat(b.outcome()).isEqualTo(Outcome.FAILED);
			assertThat(first.getSuppressed()).isEmpty();
		}
	}

	@Test
	void firstAtDeadlineHasFailuresOfThoseThatCameInTime() {
		IOException failure = new IOException("broken");
		try (HeldDeadlines deadlines = new HeldDeadlines(); LoopScope scope = this.loop.withTimeout(SHORT).scope()) {
			Fork<String> broken = scope.fork("a", Mono.error(failure));
			scope.fork("b", running());
			await().until(() -> broken.outcome() == Outcome.FAILED);
			deadlines.pass();
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(scope::first)
				.withMessageContaining("1 'a' FAILED")
				.withMessageContaining("2 'b' TIMED_OUT")
				.satisfies((ex) -> assertThat(ex.getSuppressed()).containsExactly(failure));
		}
	}

	@Test
	void firstWithoutForksIsMisuse() {
		try (LoopScope scope = this.loop.scope()) {
			assertThatIllegalStateException().isThrownBy(scope::first)
				.withMessage("Scope 'unnamed' has no fork that could be the first");
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void forkAfterCancellationNeverStarts(boolean byFailure) {
		try (LoopScope scope = this.loop.scope()) {
			scope.fork(byFailure ? Mono.error(new IllegalArgumentException("broken")) : Mono.just("value"));
			if (byFailure) {
				assertThatIllegalArgumentException().isThrownBy(scope::joinOrThrow);
			}
			else {
				scope.<String>first();
			}
			Fork<String> late = scope.fork("late", running());
			assertThat(late.outcome()).isEqualTo(Outcome.CANCELLED);
			assertThat(late.orElse("fallback")).isEqualTo("fallback");
			assertThat(scope.join()).hasSize(2);
		}
		assertThat(this.started).isEmpty();
	}

	// Deadline

	@Test
	void deadlineIsOneForAll() {
		try (HeldDeadlines deadlines = new HeldDeadlines();
				LoopScope scope = this.loop.withTimeout(SHORT).withName("page").scope()) {
			Fork<String> product = scope.fork("product", Mono.just("product"));
			Fork<String> reviews = scope.fork("reviews", Mono.error(new IOException("secret")));
			assertThat(product.get()).isEqualTo("product");
			Fork<String> stock = scope.fork("stock", running());
			Fork<String> price = scope.fork("price", running());
			await().until(() -> this.started.size() == 2 && reviews.outcome() == Outcome.FAILED);
			deadlines.pass();
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(stock::get)
				.withMessageMatching("Scope 'page' did not finish within 200ms and was cancelled after \\d+ms: "
						+ "1 'product' SUCCESS after \\d+ms; 2 'reviews' FAILED after \\d+ms with java.io.IOException; "
						+ "3 'stock' TIMED_OUT after \\d+ms, running; 4 'price' TIMED_OUT after \\d+ms, running. "
						+ "Raise 'loop.timeout' or use withTimeout")
				.withCauseInstanceOf(TimeoutException.class)
				.satisfies((ex) -> assertThat(ex.getTimeout()).isEqualTo(SHORT));
			assertThat(List.of(stock.outcome(), price.outcome())).containsOnly(Outcome.TIMED_OUT);
			assertThat(reviews.outcome()).isEqualTo(Outcome.FAILED);
			assertThat(stock.orElse("unknown")).isEqualTo("unknown");
			assertThat(stock.failure()).isInstanceOf(LoopTimeoutException.class)
				.hasMessageStartingWith("Task 'stock' did not finish within 200ms and was cancelled after ");
		}
	}

	@Test
	void joinReturnsAtDeadline() {
		try (HeldDeadlines deadlines = new HeldDeadlines(); LoopScope scope = this.loop.withTimeout(SHORT).scope()) {
			Fork<String> done = scope.fork(Mono.just("value"));
			Fork<String> stuck = scope.fork(running());
			await().until(() -> done.outcome() == Outcome.SUCCESS);
			deadlines.pass();
			assertThat(scope.join()).containsExactly(done, stuck);
			assertThat(done.outcome()).isEqualTo(Outcome.SUCCESS);
			assertThat(stuck.outcome()).isEqualTo(Outcome.TIMED_OUT);
		}
	}

	@Test
	void joinOrThrowAndFirstThrowReportAtDeadline() {
		for (Consumer<LoopScope> join : List.<Consumer<LoopScope>>of(LoopScope::joinOrThrow, LoopScope::first)) {
			try (LoopScope scope = this.loop.withTimeout(SHORT).scope()) {
				scope.fork("a", running());
				scope.fork("b", running());
				assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(() -> join.accept(scope))
					.withMessageContaining("1 'a' TIMED_OUT")
					.withMessageContaining("2 'b' TIMED_OUT");
			}
		}
	}

	@Test
	void deadlineOfOneForkIsThatOfTheOthers() {
		try (HeldDeadlines deadlines = new HeldDeadlines(); LoopScope scope = this.loop.withTimeout(SHORT).scope()) {
			Fork<String> awaited = scope.fork("awaited", running());
			Fork<String> other = scope.fork("other", running());
			await().until(() -> this.started.size() == 2);
			deadlines.pass();
			assertThat(awaited.orElse("fallback")).isEqualTo("fallback");
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(scope::joinOrThrow)
				.withMessageContaining("2 'other' TIMED_OUT")
				.withMessageContaining("ms, running. Raise");
			assertThat(other.outcome()).isEqualTo(Outcome.TIMED_OUT);
		}
	}

	@Test
	void deadlinePassesAlsoWhileLoopIsBlocked() {
		try (HeldDeadlines deadlines = new HeldDeadlines();
				LoopFreezer freezer = LoopFreezer.freezeUntilNoticed(this.loopThread);
				LoopScope scope = this.loop.withTimeout(SHORT).scope()) {
			Fork<String> fork = scope.fork(running());
			deadlines.pass();
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(scope::joinOrThrow)
				.withMessageContaining("still queued while the loop is blocked in ")
				.withMessageContaining("LoopFreezer");
			assertThat(fork.outcome()).isEqualTo(Outcome.TIMED_OUT);
		}
		await().until(() -> this.loopThread.activeTasks() == 0);
		assertThat(this.started).isEmpty();
	}

	@Test
	void forkAfterDeadlineNeverStarts() {
		try (LoopScope scope = this.loop.withTimeout(Duration.ofNanos(1)).scope()) {
			long begin = System.nanoTime();
			Fork<String> late = scope.fork("late", running());
			long millis = millisSince(begin);
			assertThat(late.outcome()).isEqualTo(Outcome.TIMED_OUT);
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(scope::joinOrThrow)
				.satisfies((ex) -> assertThat(number(".* 1 'late' TIMED_OUT after (\\d+)ms, not started\\. .*", ex))
					.isBetween(0L, millis));
		}
		assertThat(this.started).isEmpty();
	}

	@Test
	void deadlineEndsForksThatNobodyWaitsFor() {
		try (HeldDeadlines deadlines = new HeldDeadlines(); LoopScope scope = this.loop.withTimeout(SHORT).scope()) {
			scope.fork(running());
			await().until(() -> !this.started.isEmpty());
			deadlines.pass();
			await().untilAsserted(() -> assertThat(this.running).hasValue(0));
		}
	}

	@Test
	void withoutTimeoutThereIsNone() {
		try (LoopScope scope = this.loop.withTimeout(SHORT).withoutTimeout().scope()) {
			Fork<String> fork = scope.fork(Mono.delay(SHORT.plus(SHORT)).thenReturn("value"));
			assertThat(scope.join()).containsExactly(fork);
			assertThat(fork.get()).isEqualTo("value");
		}
	}

	@Test
	void reportIsBounded() {
		try (LoopScope scope = this.loop.withTimeout(SHORT).scope()) {
			for (int i = 0; i < 60; i++) {
				scope.fork(running());
			}
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(scope::joinOrThrow)
				.withMessageContaining("; 50 'unnamed' TIMED_OUT")
				.withMessageContaining("; and 10 more. Raise");
		}
	}

	// Nesting

	@Test
	void innerDeadlineIsTheSmaller() {
		long begin = System.nanoTime();
		try (LoopScope outer = this.loop.withTimeout(SHORT).withName("outer").scope();
				LoopScope inner = this.loop.withTimeout(LONG).withName("inner").scope()) {
			long left = SHORT.toMillis() - millisSince(begin) - 1;
			inner.fork(running());
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(inner::joinOrThrow)
				.satisfies((ex) -> assertThat(number("Scope 'inner' \\(all that Scope 'outer' around it had left\\) "
						+ "did not finish within (\\d+)ms and .*", ex))
					.isBetween(left, SHORT.toMillis() - 1));
			assertThat(outer.join()).isEmpty();
		}
		try (LoopScope outer = this.loop.withTimeout(LONG).scope();
				LoopScope inner = this.loop.withTimeout(SHORT).withName("inner").scope()) {
			Fork<String> longer = outer.fork(running());
			inner.fork(running());
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(inner::joinOrThrow)
				.withMessageStartingWith("Scope 'inner' did not finish within 200ms");
			assertThat(longer.outcome()).isEqualTo(Outcome.RUNNING);
		}
	}

	@Test
	void innerWithoutTimeoutEndsWithOuter() {
		try (LoopScope outer = this.loop.withTimeout(SHORT).scope();
				LoopScope inner = this.loop.withoutTimeout().scope()) {
			Fork<String> fork = inner.fork(running());
			assertThat(inner.join()).containsExactly(fork);
			assertThat(fork.outcome()).isEqualTo(Outcome.TIMED_OUT);
		}
	}

	@Test
	void scopeAfterAnotherIsNotBoundedByIt() {
		try (LoopScope before = this.loop.withTimeout(SHORT).scope()) {
			assertThat(before.join()).isEmpty();
		}
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> fork = scope.fork(Mono.delay(SHORT.plus(SHORT)).thenReturn("value"));
			assertThat(fork.get()).isEqualTo("value");
		}
	}

	@Test
	void closingOuterClosesInner() {
		LoopScope outer = this.loop.scope();
		LoopScope middle = this.loop.scope();
		LoopScope inner = this.loop.scope();
		Fork<String> fork = inner.fork(running());
		outer.close();
		assertThat(fork.outcome()).isEqualTo(Outcome.CANCELLED);
		assertThat(this.loopThread.openScopes()).isZero();
		assertThatIllegalStateException().isThrownBy(middle::join).withMessage("Scope 'unnamed' has been closed");
		inner.close();
		middle.close();
	}

	@Test
	void scopesThatAreClosedInTheWrongOrderBoundNobodyAfterwards() {
		LoopScope outer = this.loop.withTimeout(SHORT).scope();
		LoopScope inner = this.loop.scope();
		inner.close();
		outer.close();
		inner.close();
		try (LoopScope scope = this.loop.withName("next").withTimeout(SHORT).scope()) {
			scope.fork(running());
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(scope::joinOrThrow)
				.withMessageStartingWith("Scope 'next' did not finish within 200ms");
		}
	}

	@Test
	void otherThreadsAreNotBounded() {
		try (LoopScope scope = this.loop.withTimeout(SHORT).scope()) {
			CompletableFuture<String> other = onThreadOfItsOwn(() -> {
				try (LoopScope own = this.loop.scope()) {
					return own.fork(Mono.delay(SHORT.plus(SHORT)).thenReturn("value")).get();
				}
			});
			assertThat(other).succeedsWithin(LONG).isEqualTo("value");
		}
	}

	@Test
	void executeInsideIsNotBounded() {
		try (LoopScope scope = this.loop.withTimeout(SHORT).scope()) {
			String value = this.loop.execute(Mono.delay(SHORT.plus(SHORT)).thenReturn("value"));
			assertThat(value).isEqualTo("value");
			assertThat(scope.join()).isEmpty();
		}
	}

	// Interrupts

	@Test
	void interruptedJoinLeavesForksRunningAndMayBeRepeated() throws Exception {
		Sinks.One<String> value = Sinks.one();
		CountDownLatch waiting = new CountDownLatch(1);
		Thread[] owner = new Thread[1];
		CompletableFuture<List<String>> events = onThreadOfItsOwn(() -> {
			owner[0] = Thread.currentThread();
			List<String> seen = new ArrayList<>();
			try (LoopScope scope = this.loop.withName("page").scope()) {
				Fork<String> fork = scope.fork("slow", value.asMono());
				waiting.countDown();
				for (Callable<?> wait : List.<Callable<?>>of(scope::join, fork::get, () -> fork.orElse("fallback"))) {
					try {
						wait.call();
					}
					catch (LoopInterruptedException ex) {
						seen.add("%s %s %s".formatted(ex.getMessage(), Thread.interrupted(), fork.outcome()));
						Thread.currentThread().interrupt();
					}
				}
				assertThat(Thread.interrupted()).isTrue();
				value.tryEmitValue("value");
				assertThat(scope.join()).containsExactly(fork);
				seen.add(fork.orElse("fallback"));
			}
			return seen;
		});
		waiting.await();
		owner[0].interrupt();
		assertThat(events).succeedsWithin(LONG)
			.isEqualTo(List.of(
					"Interrupted while waiting for Scope 'page', which goes on until the scope is closed true RUNNING",
					"Interrupted while waiting for fork 'slow', which goes on until the scope is closed true RUNNING",
					"Interrupted while waiting for fork 'slow', which goes on until the scope is closed true RUNNING",
					"value"));
	}

	@Test
	void interruptedCallerOpensNoScope() {
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(LoopInterruptedException.class).isThrownBy(this.loop::scope);
		assertThat(Thread.interrupted()).isTrue();
		assertThat(this.loopThread.openScopes()).isZero();
	}

	@Test
	void resultThatIsThereIsGivenToAnInterruptedCaller() {
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> fork = scope.fork(Mono.just("value"));
			scope.join();
			Thread.currentThread().interrupt();
			assertThat(fork.get()).isEqualTo("value");
			assertThat(scope.join()).containsExactly(fork);
			assertThat(Thread.interrupted()).isTrue();
		}
	}

	// Limit and lifecycle

	@Test
	void forkBeyondLimitHasFailedAndOthersAreNotTouched() {
		use(LoopSettings.defaults().withMaxConcurrentTasks(2).withDrainTimeout(Duration.ZERO));
		Sinks.One<String> value = Sinks.one();
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> first = scope.fork(value.asMono());
			Fork<String> second = scope.fork(value.asMono());
			Fork<String> refused = scope.fork("refused", running());
			assertThat(refused.outcome()).isEqualTo(Outcome.FAILED);
			assertThat(refused.failure()).isInstanceOf(LoopOverloadedException.class).hasMessageContaining("'refused'");
			assertThatExceptionOfType(LoopOverloadedException.class).isThrownBy(refused::get);
			assertThat(first.outcome()).isEqualTo(Outcome.RUNNING);
			value.tryEmitValue("value");
			assertThat(scope.join()).extracting(Fork::outcome)
				.containsExactly(Outcome.SUCCESS, Outcome.SUCCESS, Outcome.FAILED);
			assertThat(second.get()).isEqualTo("value");
			assertThatExceptionOfType(LoopOverloadedException.class).isThrownBy(scope::joinOrThrow);
		}
		assertThat(this.started).isEmpty();
	}

	@Test
	void fanOutBeyondLimitDoesNotDeadlock() {
		use(LoopSettings.defaults().withMaxConcurrentTasks(10).withDrainTimeout(Duration.ZERO));
		Sinks.One<String> value = Sinks.one();
		try (LoopScope scope = this.loop.scope()) {
			for (int i = 0; i < 50; i++) {
				scope.fork(value.asMono());
			}
			value.tryEmitValue("value");
			List<Outcome> outcomes = scope.join().stream().map(Fork::outcome).toList();
			assertThat(outcomes.subList(0, 10)).containsOnly(Outcome.SUCCESS);
			assertThat(outcomes.subList(10, 50)).containsOnly(Outcome.FAILED);
		}
	}

	@Test
	void scopeIsRefusedWhenLoopHasStopped() {
		this.loopThread.stop();
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(this.loop::scope);
		this.loopThread.start();
		try (LoopScope scope = this.loop.withTimeout(SHORT).withName("next").scope()) {
			scope.fork(running());
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(scope::joinOrThrow)
				.withMessageStartingWith("Scope 'next' did not finish within 200ms");
		}
	}

	@Test
	void forkIsRefusedWhenLoopHasStoppedAndAcceptedAfterRestart() {
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> running = scope.fork(running());
			this.loopThread.stop();
			assertThatExceptionOfType(LoopStoppedException.class).isThrownBy(running::get);
			assertThat(running.outcome()).isEqualTo(Outcome.CANCELLED);
			Fork<String> refused = scope.fork("refused", running());
			assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(refused::get)
				.isInstanceOf(TaskRejectedException.class);
			this.loopThread.start();
			assertThat(scope.fork(Mono.fromSupplier(LoopScopeTests::thread)).get()).isEqualTo("loop-2");
		}
	}

	@Test
	void openScopeMayForkWhileLoopDrains() throws Exception {
		use(LoopSettings.defaults().withDrainTimeout(LONG));
		try (LoopScope scope = this.loop.scope()) {
			assertThat(this.loopThread.openScopes()).isOne();
			CompletableFuture<Void> stopped = stopping();
			await().until(() -> this.loopThread.state() == LoopThread.State.DRAINING);
			await().untilAsserted(() -> assertThatExceptionOfType(LoopNotRunningException.class)
				.isThrownBy(() -> this.loop.execute(Mono.just("another"))));
			assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(this.loop::scope);
			assertThat(scope.fork(Mono.just("value")).get()).isEqualTo("value");
			assertThat(stopped).isNotDone();
			assertThat(scope.fork(Mono.just("again")).get()).isEqualTo("again");
			scope.close();
			assertThat(stopped).succeedsWithin(LONG);
		}
	}

	@Test
	void stopThatHasDrainedLongEnoughRefusesForks(CapturedOutput output) {
		use(LoopSettings.defaults().withDrainTimeout(SHORT));
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> running = scope.fork(running());
			this.loopThread.stop();
			assertThatExceptionOfType(LoopStoppedException.class).isThrownBy(running::get);
			assertThatExceptionOfType(LoopNotRunningException.class)
				.isThrownBy(() -> scope.fork(Mono.just("value")).get());
		}
		assertThat(output).contains(
				"has not drained within 200ms ('loop.shutdown.drain-timeout') and cancels tasks 'unnamed', scopes 'unnamed'");
	}

	@Test
	void deathOfLoopEndsForks() {
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> running = scope.fork(Mono.never());
			this.loopThread.eventLoopGroup().shutdownGracefully(0, 1, TimeUnit.SECONDS);
			assertThatExceptionOfType(LoopStoppedException.class).isThrownBy(scope::joinOrThrow);
			assertThat(running.outcome()).isEqualTo(Outcome.CANCELLED);
			await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
		}
	}

	@Test
	void isNotForThreadsThatMustNotBlock() {
		assertThatIllegalStateException()
			.isThrownBy(() -> this.loop.execute(Mono.fromSupplier(() -> this.loop.scope())))
			.withMessageContaining("LoopTemplate.scope must not wait on thread 'loop-1'");
		assertThatIllegalStateException()
			.isThrownBy(() -> Mono.fromSupplier(() -> this.loop.scope()).subscribeOn(Schedulers.parallel()).block(LONG))
			.withMessageContaining("must not wait on thread 'parallel-");
		assertThat(this.loopThread.openScopes()).isZero();
	}

	@Test
	void startsLoopOnDemand() {
		this.loopThread.stop();
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of());
		this.loop = new LoopTemplate(this.loopThread, LONG);
		try (LoopScope scope = this.loop.scope()) {
			assertThat(scope.fork(Mono.just("value")).get()).isEqualTo("value");
		}
	}

	// Closing

	@Test
	void closingCancelsAndDoesNotWait() {
		Fork<String> fork;
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			try (LoopScope scope = this.loop.scope()) {
				fork = scope.fork(running());
			}
			assertThat(fork.outcome()).isEqualTo(Outcome.CANCELLED);
			assertThat(this.loopThread.activeTasks()).isOne();
			assertThat(this.loopThread.openScopes()).isZero();
		}
		assertThatExceptionOfType(CancellationException.class).isThrownBy(fork::get)
			.withMessage("Scope 'unnamed' was cancelled: it was closed");
		await().until(() -> this.loopThread.activeTasks() == 0);
		assertThat(this.started).isEmpty();
	}

	@Test
	void failureOfBodyCancelsForks() {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
			try (LoopScope scope = this.loop.scope()) {
				scope.fork(running());
				throw new IOException("body");
			}
		}).satisfies((ex) -> assertThat(ex.getSuppressed()).isEmpty());
		await().untilAsserted(() -> assertThat(this.running).hasValue(0));
	}

	@Test
	void closedScopeIsOfNoMoreUseButItsResultsAre() {
		LoopScope scope = this.loop.scope();
		Fork<String> fork = scope.fork(Mono.just("value"));
		scope.join();
		scope.close();
		scope.close();
		for (Consumer<LoopScope> use : List.<Consumer<LoopScope>>of(LoopScope::join, LoopScope::joinOrThrow,
				LoopScope::first, (closed) -> closed.fork(running()))) {
			assertThatIllegalStateException().isThrownBy(() -> use.accept(scope))
				.withMessage("Scope 'unnamed' has been closed");
		}
		assertThat(fork.get()).isEqualTo("value");
		assertThat(this.started).isEmpty();
	}

	@Test
	void otherThreadIsRefused() {
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> fork = scope.fork(Mono.just("value"));
			scope.join();
			for (Consumer<LoopScope> use : List.<Consumer<LoopScope>>of(LoopScope::join, LoopScope::joinOrThrow,
					LoopScope::first, LoopScope::close, (foreign) -> foreign.fork(running()), (foreign) -> fork.get(),
					(foreign) -> fork.orElse("fallback"), (foreign) -> fork.toOptional())) {
				CompletableFuture<Void> used = onThreadOfItsOwn(() -> {
					use.accept(scope);
					return null;
				});
				assertThat(used).failsWithin(LONG)
					.withThrowableThat()
					.havingCause()
					.isInstanceOf(IllegalStateException.class)
					.withMessageStartingWith("Scope 'unnamed' is for thread '")
					.withMessageEndingWith("not for 'other'");
			}
			CompletableFuture<Object> looked = onThreadOfItsOwn(() -> fork.name() + fork.outcome() + fork.failure());
			assertThat(looked).succeedsWithin(LONG).isEqualTo("unnamedSUCCESSnull");
			assertThat(scope.fork(Mono.just("still open")).get()).isEqualTo("still open");
		}
	}

	@Test
	void scopeThatIsNeverClosedEndsAtItsDeadlineAndIsReportedAndHoldsUpStopNoLonger(CapturedOutput output) {
		use(LoopSettings.defaults().withDrainTimeout(LONG));
		CompletableFuture<LoopScope> forgotten = onThreadOfItsOwn(() -> {
			LoopScope scope = forgetToClose("reported", SHORT);
			scope.fork("stock", running());
			return scope;
		});
		assertThat(forgotten).succeedsWithin(LONG);
		assertThat(stopping()).succeedsWithin(Duration.ofSeconds(15));
		await().untilAsserted(() -> assertThat(output).contains("Scope 'reported' is still open ")
			.contains("Open it in a try-with-resources statement. Its forks: 1 'stock' TIMED_OUT after ")
			.contains("It was opened here:\n\tat ")
			.contains("LoopScopeTests.forgetToClose(LoopScopeTests.java:"));
		assertThat(this.running).hasValue(0);
		assertThat(output.getAll().split("Scope 'reported' is still open", -1)).hasSize(2);
	}

	@Test
	void forgottenScopeDoesNotBoundThoseOfLaterCalls() {
		LoopScope forgotten = forgetToClose("page", SHORT);
		await().until(forgotten::isOver);
		try (LoopScope scope = this.loop.scope()) {
			assertThat(scope.fork(Mono.delay(Duration.ofMillis(5)).thenReturn("value")).get()).isEqualTo("value");
		}
		assertThat(forgotten.fork(running()).outcome()).isEqualTo(Outcome.TIMED_OUT);
		forgotten.close();
	}

	@Test
	void forgottenScopeDoesNotHideTheOneAroundIt() {
		try (LoopScope outer = this.loop.withTimeout(Duration.ofSeconds(3)).withName("outer").scope()) {
			WeakReference<LoopScope> forgotten = new WeakReference<>(LoopOperations.direct().scope());
			await().until(() -> {
				System.gc();
				return forgotten.get() == null;
			});
			try (LoopScope inner = this.loop.scope()) {
				inner.fork(running());
				assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(inner::joinOrThrow)
					.withMessageContaining("(all that Scope 'outer' around it had left)");
			}
			assertThat(outer.join()).isEmpty();
		}
	}

	@Test
	void forgottenScopeIsNotHeldByItsThread() throws Exception {
		ExecutorService pool = Executors.newSingleThreadExecutor();
		try {
			WeakReference<LoopScope> forgotten = pool.submit(() -> new WeakReference<>(LoopOperations.direct().scope()))
				.get();
			await().until(() -> {
				System.gc();
				return forgotten.get() == null;
			});
		}
		finally {
			pool.shutdown();
		}
	}

	@Test
	void threadThatServesTheNextCallerClosesWhatIsForgotten(CapturedOutput output) {
		try (LoopScope closed = this.loop.withName("closed").scope()) {
			assertThat(closed.join()).isEmpty();
		}
		LoopScope outer = forgetToClose("outer", LONG);
		Fork<String> fork = outer.fork("stock", running());
		LoopScope inner = forgetToClose("inner", LONG);
		LoopScope.closeForgotten();
		assertThat(fork.outcome()).isEqualTo(Outcome.CANCELLED);
		assertThat(this.loopThread.openScopes()).isZero();
		assertThat(output)
			.contains("Scope 'inner' was left open and is closed now. ", "Its forks: no forks. It was opened")
			.contains("Scope 'outer' was left open", "Its forks: 1 'stock' RUNNING for ")
			.contains("LoopScopeTests.forgetToClose(LoopScopeTests.java:")
			.doesNotContain("closed' was left");
		inner.close();
		try (LoopScope next = this.loop.scope()) {
			assertThat(next.outer()).isNull();
		}
	}

	@Test
	void bodyMayGoOnForAWhileWhenDeadlineHasPassed() {
		try (LoopScope scope = forgetToClose("page", SHORT)) {
			await().until(scope::isOver);
			assertThat(scope.isForgotten()).isFalse();
			assertThat(this.loopThread.openScopes()).isOne();
		}
	}

	@Test
	void stopTellsOwnersOfForksBeforeFunctionsOfUsersAreCalled() {
		CountDownLatch release = new CountDownLatch(1);
		List<CompletableFuture<Boolean>> stuck = Stream
			.generate(() -> this.loop.submit(running()).handle((value, ex) -> awaitLatch(release)))
			.limit(20)
			.toList();
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> fork = scope.fork(running());
			CompletableFuture<Void> stopped = stopping();
			assertThat(scope.join()).containsExactly(fork);
			assertThat(fork.outcome()).isEqualTo(Outcome.CANCELLED);
			assertThat(stuck).noneMatch(CompletableFuture::isDone);
			release.countDown();
			assertThat(stopped).succeedsWithin(LONG);
		}
		assertThat(stuck).allSatisfy((future) -> assertThat(future).succeedsWithin(LONG).isEqualTo(true));
	}

	private LoopScope forgetToClose(String name, Duration timeout) {
		return this.loop.withTimeout(timeout).withName(name).scope();
	}

	private void use(LoopSettings settings) {
		this.loopThread.stop();
		this.loopThread = loopThread(settings);
		this.loop = new LoopTemplate(this.loopThread, LONG);
	}

	private CompletableFuture<Void> stopping() {
		CompletableFuture<Void> stopped = new CompletableFuture<>();
		this.loopThread.stop(() -> stopped.complete(null));
		return stopped;
	}

	/**
	 * Return what never ends by itself, and counts while it runs.
	 */
	private Mono<String> running() {
		return Mono.<String>never().doOnSubscribe((subscription) -> {
			this.started.add("started");
			this.running.incrementAndGet();
		}).doFinally((signal) -> this.running.decrementAndGet());
	}

	private static long millisSince(long nanoTime) {
		return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanoTime);
	}

	/**
	 * Return the number in a message.
	 */
	private static long number(String pattern, Throwable ex) {
		Matcher matcher = Pattern.compile(pattern).matcher(ex.getMessage());
		assertThat(matcher.matches()).as(ex.getMessage()).isTrue();
		return Long.parseLong(matcher.group(1));
	}

	private static boolean awaitLatch(CountDownLatch latch) {
		try {
			return latch.await(20, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String thread() {
		return Thread.currentThread().getName();
	}

	private static LoopThread loopThread(LoopSettings settings) {
		LoopThread loopThread = new LoopThread(settings, List.of());
		loopThread.start();
		return loopThread;
	}

	private static <T> CompletableFuture<T> onThreadOfItsOwn(Callable<T> call) {
		return new SimpleAsyncTaskExecutor((task) -> new Thread(task, "other")).submitCompletable(call);
	}

}
