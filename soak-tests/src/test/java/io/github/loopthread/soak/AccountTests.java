package io.github.loopthread.soak;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class AccountTests {

	private final Ledger ledger = new Ledger();

	private final ToldOutcomes told = new ToldOutcomes(this.ledger);

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	AccountTests() {
		this.loopThread.addListener(this.told);
	}

	@AfterEach
	void stop() {
		CallerValues.clear();
		this.loopThread.stop();
	}

	@Test
	void callerThatIsInterruptedWhileItWaitsIsToldLikeAnyOther() {
		Thread caller = Thread.currentThread();
		call(() -> this.loop.execute(Mono.never().doOnSubscribe((subscription) -> caller.interrupt())));
		assertThat(Thread.interrupted()).isTrue();
		assertThat(account().ofTasks()).containsEntry(Outcome.INTERRUPTED, 1L).isEqualTo(account().toldInOurWords());
		assertThat(account().withoutTask()).containsEntry(Outcome.INTERRUPTED, 0L);
	}

	@Test
	void callerThatIsInterruptedBeforeHasNoTask() {
		Thread.currentThread().interrupt();
		call(() -> this.loop.execute(Mono.just("value")));
		assertThat(Thread.interrupted()).isTrue();
		assertThat(account().of(Outcome.INTERRUPTED)).isOne();
		assertThat(account().withoutTask()).containsEntry(Outcome.INTERRUPTED, 1L);
		assertThat(account().withoutTaskOrReason()).isZero();
		assertThat(account().ofTasks()).isEqualTo(account().toldInOurWords());
	}

	@Test
	void scopeThatIsRefusedHasNoTaskAndOneThatIsRefusedItselfIsTold() {
		this.loopThread.start();
		this.loopThread.stop();
		call(() -> {
			try (LoopScope scope = this.loop.scope()) {
				return scope;
			}
		});
		call(() -> this.loop.execute(Mono.just("value")));
		assertThat(account().of(Outcome.REFUSED)).isEqualTo(2);
		assertThat(account().ofTasks()).containsEntry(Outcome.REFUSED, 1L).isEqualTo(account().toldInOurWords());
	}

	@Test
	void outcomeThatIsToldOtherwiseIsSeen() {
		Thread.currentThread().interrupt();
		Call interrupted = this.ledger.begin("interrupted");
		Throwable ex = failureOf(() -> this.loop.execute(Mono.just("value")));
		assertThat(Thread.interrupted()).isTrue();
		assertThat(failureOf(() -> this.loop.execute(Mono.just("value")))).isNull();
		interrupted.ended(ex);
		assertThat(account().ofTasks()).containsEntry(Outcome.INTERRUPTED, 1L).isNotEqualTo(account().toldInOurWords());
	}

	@Test
	void callWithoutTaskThatSucceedsIsSeen() {
		call(() -> "value");
		assertThat(account().withoutTaskOrReason()).isOne();
		assertThat(account().violations()).isEqualTo(Map.of("no value without a task", 1L));
	}

	@Test
	void taskWithoutCallIsSeen() {
		assertThat(failureOf(() -> this.loop.execute(Mono.just("value")))).isNull();
		assertThat(account().violations()).isEqualTo(Map.of("every task is that of a call", 1L));
	}

	@Test
	void errorThatDoesNotReachItsCallerIsSeen() {
		this.loopThread.start();
		Call call = this.ledger.begin("fatal");
		NoClassDefFoundError error = new NoClassDefFoundError("expected");
		assertThatExceptionOfType(NoClassDefFoundError.class).isThrownBy(() -> call.fail(error));
		call.ended(failureOf(() -> this.loop.withTimeout(Duration.ofMillis(1)).execute(Mono.never())));
		assertThat(account().of(Outcome.TIMED_OUT)).isOne();
		assertThat(account().violations()).isEqualTo(Map.of("a fatal error reaches its caller", 1L));
	}

	private void call(Supplier<Object> action) {
		Call call = this.ledger.begin("call %d".formatted(this.ledger.begun()));
		call.ended(failureOf(action));
	}

	private static Throwable failureOf(Supplier<Object> action) {
		try {
			action.get();
			return null;
		}
		catch (RuntimeException ex) {
			return ex;
		}
	}

	private Account account() {
		return new Account(this.ledger.begun(), this.ledger.open(), this.ledger.outcomes(),
				this.ledger.outcomesWithoutTask(), this.told.outcomes(), this.told.open(), this.ledger.violations(), 0,
				0, 0);
	}

}
