package io.github.loopthread;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.test.publisher.PublisherProbe;
import reactor.util.context.Context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link HandOverListener}.
 */
@Timeout(30)
class HandOverListenerTests {

	private static final String HOOK = HandOverListenerTests.class.getName();

	private final List<Object> told = new ArrayList<>();

	private HandOverListener listener = (context) -> this.told.add(Thread.currentThread());

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of(),
			with((context) -> this.listener.beforeHandOver(context)));

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(10));

	@AfterEach
	void stop() {
		Hooks.resetOnLastOperator(HOOK);
		Hooks.resetOnEachOperator(HOOK);
		this.loopThread.stop();
	}

	@Test
	void isToldOnceOnThreadOfCallerBeforeSourceIsSubscribed() {
		this.loopThread.start();
		Mono<Integer> told = Mono.fromSupplier(this.told::size);
		assertThat(this.loop.execute(told)).isEqualTo(1);
		assertThat(this.loop.submit(told).join()).isEqualTo(2);
		assertThat(this.told).containsOnly(Thread.currentThread());
	}

	@Test
	void seesWhatHooksOfReactorAddedAndSourceSeesTheSame() {
		this.loopThread.start();
		Object added = new Object();
		Hooks.onLastOperator(HOOK, Operators
			.lift((source, subscriber) -> new WithContext(subscriber, subscriber.currentContext().put(HOOK, added))));
		this.listener = (context) -> this.told.add(context.get(HOOK));
		assertThat(this.loop.<Object>execute(Mono.deferContextual((context) -> Mono.just(context.get(HOOK)))))
			.isSameAs(added);
		assertThat(this.told).containsExactly(added);
	}

	@Test
	void hookMayReplaceContextOfHandOver() {
		this.loopThread.start();
		Context replaced = Context.of(HOOK, new Object());
		Hooks.onLastOperator(HOOK, Operators.lift((source, subscriber) -> new WithContext(subscriber, replaced)));
		this.listener = (context) -> this.told.add(context);
		assertThat(this.loop.<Object>execute(Mono.deferContextual(Mono::just))).isSameAs(replaced);
		assertThat(this.told).containsExactly(replaced);
		PublisherProbe<String> source = PublisherProbe.of(Mono.never());
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			Mono<String> task = deadlines.passWhenSubscribed(source.mono());
			assertThatExceptionOfType(LoopTimeoutException.class)
				.isThrownBy(() -> this.loop.withTimeout(Duration.ofMillis(50)).execute(task));
		}
		await().untilAsserted(source::assertWasCancelled);
		await().until(() -> this.loopThread.activeTasks() == 0);
	}

	@Test
	void hookForEachOperatorMayReplaceContextOfSource() {
		this.loopThread.start();
		Context replaced = Context.of(HOOK, new Object());
		Hooks.onEachOperator(HOOK, Operators.lift((source, subscriber) -> new WithContext(subscriber, replaced)));
		assertThat(this.loop.<Object>execute(Mono.deferContextual(Mono::just))).isSameAs(replaced);
		CompletableFuture<Object> submitted = this.loop
			.submit(Mono.deferContextual(Mono::just).hide().map((context) -> context));
		assertThat(submitted).succeedsWithin(Duration.ofSeconds(10)).isSameAs(replaced);
	}

	@Test
	void failureFailsTaskWhoseSourceIsNeverSubscribedAndGivesPermitBack() {
		this.loopThread.start();
		IllegalStateException failure = new IllegalStateException("no session");
		this.listener = (context) -> {
			throw failure;
		};
		PublisherProbe<String> source = PublisherProbe.of(Mono.just("never"));
		assertThatIllegalStateException().isThrownBy(() -> this.loop.execute(source.mono())).isSameAs(failure);
		CompletableFuture<String> submitted = this.loop.submit(source.mono());
		assertThat(submitted).isCompletedExceptionally();
		source.assertWasNotSubscribed();
		assertThat(this.loopThread.activeTasks()).isZero();
	}

	@Test
	void isNotToldOfResources() {
		LoopThread withResource = new LoopThread(LoopSettings.defaults(),
				List.of(LoopResource.of("resource", (loop) -> Mono.just("open"), (value) -> Mono.empty())),
				with((context) -> this.told.add(context)));
		withResource.start();
		withResource.stop();
		assertThat(this.told).isEmpty();
	}

	@Test
	void mustNotBeNull() {
		assertThatIllegalArgumentException().isThrownBy(() -> with(null)).withMessageContaining("'listeners'");
	}

	private static LoopContext with(@Nullable HandOverListener listener) {
		return new LoopContext(() -> LoopContext.snapshotFactory(List.of(), List.of()),
				Collections.singletonList(listener));
	}

	/**
	 * What a hook may put before a subscriber.
	 */
	private static final class WithContext extends BaseSubscriber<Object> {

		private final CoreSubscriber<? super Object> downstream;

		private final Context context;

		WithContext(CoreSubscriber<? super Object> downstream, Context context) {
			this.downstream = downstream;
			this.context = context;
		}

		@Override
		public Context currentContext() {
			return this.context;
		}

		@Override
		protected void hookOnSubscribe(Subscription subscription) {
			this.downstream.onSubscribe(subscription);
		}

		@Override
		protected void hookOnNext(Object value) {
			this.downstream.onNext(value);
		}

		@Override
		protected void hookOnError(Throwable ex) {
			this.downstream.onError(ex);
		}

		@Override
		protected void hookOnComplete() {
			this.downstream.onComplete();
		}

	}

}
