package io.github.loopthread;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Of every call that began: how did it end, and what became of its source? Each has
 * exactly one outcome, and its source is subscribed once at most, and never if the call
 * was refused.
 */
public final class CallAccount {

	private final LongAdder begun = new LongAdder();

	private final LongAdder started = new LongAdder();

	private final LongAdder sourcesEnded = new LongAdder();

	private final Map<Outcome, LongAdder> outcomes = new EnumMap<>(Outcome.class);

	private final Map<String, LongAdder> violations = new ConcurrentHashMap<>();

	public CallAccount() {
		for (Outcome outcome : Outcome.values()) {
			this.outcomes.put(outcome, new LongAdder());
		}
	}

	/**
	 * Make a call and keep account of it.
	 */
	public void call(Consumer<Call> action) {
		this.begun.increment();
		Call call = new Call();
		try {
			action.accept(call);
		}
		catch (Throwable ex) {
			call.ended(Outcome.of(ex));
			return;
		}
		call.ended(Outcome.VALUE);
	}

	public long ended() {
		return this.outcomes.values().stream().mapToLong(LongAdder::sum).sum();
	}

	public long of(Outcome outcome) {
		return this.outcomes.get(outcome).sum();
	}

	/**
	 * Return how many sources were subscribed and have neither ended nor been cancelled.
	 */
	public long runningSources() {
		return this.started.sum() - this.sourcesEnded.sum();
	}

	/**
	 * Check what holds for calls of any kind when all have returned.
	 */
	public void assertIsBalanced() {
		assertThat(this.violations).isEmpty();
		assertThat(of(Outcome.OTHER)).isZero();
		assertThat(ended()).isEqualTo(this.begun.sum());
		long accepted = this.begun.sum() - of(Outcome.REFUSED);
		assertThat(this.started.sum()).isBetween(of(Outcome.VALUE) + of(Outcome.FAILED), accepted);
	}

	public void print(String title) {
		System.out.printf("%s: %d calls, %d started, %s, violations %s%n", title, this.begun.sum(), this.started.sum(),
				this.outcomes, this.violations);
	}

	private void violated(String promise) {
		this.violations.computeIfAbsent(promise, (key) -> new LongAdder()).increment();
	}

	/**
	 * One call, which tells the account of its source and, if it has one, of its future.
	 */
	public final class Call {

		private final AtomicInteger subscriptions = new AtomicInteger();

		private final AtomicBoolean sourceEnded = new AtomicBoolean();

		private final AtomicReference<@Nullable Outcome> outcome = new AtomicReference<>();

		/**
		 * Return the source to call with, the only one of this call.
		 */
		public <T> Mono<T> source(Mono<T> source) {
			return Mono.defer(() -> {
				subscribed();
				return source;
			}).doOnTerminate(this::sourceEnded).doOnCancel(this::sourceEnded);
		}

		/**
		 * Return the future, whose outcome is to be that of the call.
		 */
		public <T> CompletableFuture<T> future(CompletableFuture<T> future) {
			future.whenComplete((value, ex) -> ended((ex != null) ? Outcome.of(ex) : Outcome.VALUE));
			return future;
		}

		private void subscribed() {
			if (this.subscriptions.incrementAndGet() > 1) {
				violated("one subscription");
			}
			else {
				CallAccount.this.started.increment();
			}
			if (this.outcome.get() == Outcome.REFUSED) {
				violated("none when refused");
			}
		}

		private void sourceEnded() {
			if (this.sourceEnded.compareAndSet(false, true)) {
				CallAccount.this.sourcesEnded.increment();
			}
		}

		private void ended(Outcome outcome) {
			Outcome first = this.outcome.compareAndExchange(null, outcome);
			if (first == null) {
				CallAccount.this.outcomes.get(outcome).increment();
				if (outcome == Outcome.REFUSED && this.subscriptions.get() > 0) {
					violated("none when refused");
				}
			}
			else if (first != outcome) {
				violated("one outcome: " + first + ", " + outcome);
			}
		}

	}

	/**
	 * How a call ends. A task that is meant to fail does so with an
	 * {@link IllegalArgumentException}.
	 */
	public enum Outcome {

		VALUE, FAILED, TIMED_OUT, INTERRUPTED, CANCELLED, REFUSED, STOPPED, OTHER;

		private static Outcome of(Throwable ex) {
			if (ex instanceof CompletionException && ex.getCause() != null) {
				return of(ex.getCause());
			}
			if (ex instanceof LoopStoppedException) {
				return STOPPED;
			}
			if (ex instanceof LoopNotRunningException || ex instanceof LoopOverloadedException) {
				return REFUSED;
			}
			if (ex instanceof LoopTimeoutException) {
				return TIMED_OUT;
			}
			if (ex instanceof LoopInterruptedException) {
				return INTERRUPTED;
			}
			if (ex instanceof IllegalArgumentException) {
				return FAILED;
			}
			if (ex instanceof CancellationException) {
				return CANCELLED;
			}
			ex.printStackTrace();
			return OTHER;
		}

	}

}
