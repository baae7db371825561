package io.github.loopthread.observation;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.micrometer.observation.tck.TestObservationRegistryAssert.TestObservationRegistryAssertReturningObservationContextAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import io.github.loopthread.Fork;
import io.github.loopthread.HandOverListener;
import io.github.loopthread.LoopContext;
import io.github.loopthread.LoopInterruptedException;
import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopOverloadedException;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopTaskListener;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.Transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopTaskObservations}. The registry checks the order of events.
 */
@Timeout(30)
class LoopTaskObservationsTests {

	private final TestObservationRegistry registry = TestObservationRegistry.create();

	// What breaks a hand-over, if anything
	private final AtomicReference<RuntimeException> broken = new AtomicReference<>();

	private final HandOverListener breaker = (context) -> {
		if (this.broken.get() != null) {
			throw this.broken.get();
		}
	};

	private final LoopThread loopThread = new LoopThread(
			new LoopSettings("loop", Transport.AUTO, 3, Duration.ofSeconds(10), Duration.ZERO, Duration.ofSeconds(2),
					Duration.ofMillis(500)),
			List.of(), new LoopContext(() -> LoopContext.snapshotFactory(List.of(), List.of()), List.of(this.breaker)));

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20)).withName("page");

	private final Observation request = Observation.createNotStarted("request", this.registry);

	@BeforeEach
	void start() {
		this.loopThread.addListener(new LoopTaskObservations("loop", this.registry, null));
		this.loopThread.start();
		this.request.start();
	}

	@AfterEach
	void stop() {
		this.request.stop();
		assertThat(this.registry.getCurrentObservationScope()).isNull();
		this.loopThread.stop();
	}

	@Test
	void refusesNull() {
		assertThatIllegalArgumentException().isThrownBy(() -> new LoopTaskObservations(null, this.registry, null))
			.withMessageContaining("'loop'");
		assertThatIllegalArgumentException().isThrownBy(() -> new LoopTaskObservations("loop", null, null))
			.withMessageContaining("'registry'");
	}

	@Test
	void observesTaskAsChildOfCallersCurrentObservation() {
		String current = inRequest(() -> this.loop.execute(Mono.fromSupplier(this::current)));
		assertThat(current).isEqualTo("loop.execute");
		assertTask("success").hasParentObservationEqualTo(this.request)
			.hasContextualNameEqualTo("loop page")
			.hasHighCardinalityKeyValue("task", "page")
			.doesNotHaveError();
	}

	@Test
	void observesTaskOfCallerWithoutObservation() {
		assertThat(this.loop.execute(Mono.fromSupplier(this::current))).isEqualTo("loop.execute");
		assertTask("success").doesNotHaveParentObservation();
	}

	@Test
	void loopHasNoObservationBetweenTasks() throws Exception {
		inRequest(() -> this.loop.execute(Mono.fromSupplier(this::current)));
		assertThat(this.loopThread.eventLoopGroup().submit(this::current).get()).isEqualTo("none");
	}

	@Test
	void whatTaskObservesIsItsChild() {
		inRequest(() -> this.loop.execute(Mono.fromRunnable(
				() -> Observation.createNotStarted("inner", this.registry).observe(() -> assertThat(current())))));
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasObservationWithNameEqualTo("inner")
			.that()
			.hasParentObservationContextMatching((parent) -> "loop.execute".equals(parent.getName()));
	}

	@Test
	void forksAreSiblings() {
		inRequest(() -> {
			try (LoopScope scope = this.loop.scope()) {
				Fork<String> first = scope.fork("first", Mono.fromSupplier(this::current));
				assertThat(current()).isEqualTo("request");
				Fork<String> second = scope.fork("second", Mono.fromSupplier(this::current));
				scope.join();
				return first.get() + second.get();
			}
		});
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasNumberOfObservationsWithNameEqualTo("loop.execute", 2)
			.forAllObservationsWithNameEqualTo("loop.execute", (task) -> task.hasParentObservationEqualTo(this.request)
				.hasLowCardinalityKeyValue("outcome", "success"));
	}

	@Test
	void taskThatEndsBeforeItIsHandedOverStopsOnce() {
		this.loopThread.addListener((LoopTaskListener.Factory) (task) -> new LoopTaskListener() {

			@Override
			public void handedOver() {
				// Made last, told first: the other's scope is still open
				await()
					.untilAsserted(() -> assertThat(LoopTaskObservationsTests.this.loopThread.activeTasks()).isZero());
			}

		});
		String current = inRequest(() -> {
			this.loop.submit(Mono.just("quick"));
			return current();
		});
		assertThat(current).isEqualTo("request");
		assertTask("success");
	}

	@Test
	void failureOfTask() {
		IllegalStateException failure = new IllegalStateException("broken");
		assertThatIllegalStateException().isThrownBy(() -> inRequest(() -> this.loop.execute(Mono.error(failure))));
		assertTask("error").hasError(failure);
	}

	@Test
	void timeout() {
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> inRequest(() -> this.loop.withTimeout(Duration.ofMillis(20)).execute(Mono.never())));
		assertTask("timeout").thenError().isInstanceOf(LoopTimeoutException.class);
	}

	@Test
	void interruptedCaller() {
		Thread caller = Thread.currentThread();
		assertThatExceptionOfType(LoopInterruptedException.class).isThrownBy(
				() -> inRequest(() -> this.loop.execute(Mono.never().doOnSubscribe((s) -> caller.interrupt()))));
		assertThat(Thread.interrupted()).isTrue();
		assertTask("interrupted").thenError().isInstanceOf(LoopInterruptedException.class);
	}

	@Test
	void cancelledFutureIsNoError() {
		inRequest(() -> this.loop.submit(Mono.never()).cancel(false));
		assertTask("cancelled").doesNotHaveError();
	}

	@Test
	void taskBeyondLimitIsRejected() {
		for (int i = 0; i < 3; i++) {
			this.loop.withName("other").submit(Mono.never());
		}
		assertThatExceptionOfType(LoopOverloadedException.class)
			.isThrownBy(() -> inRequest(() -> this.loop.execute(Mono.just("one too many"))));
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasAnObservation((task) -> task.hasContextualNameEqualTo("loop page")
				.hasLowCardinalityKeyValue("outcome", "rejected")
				.thenError()
				.isInstanceOf(LoopOverloadedException.class));
	}

	@Test
	void taskForStoppedLoopIsRejected() {
		this.loopThread.stop();
		assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> inRequest(() -> this.loop.execute(Mono.just("too late"))));
		assertTask("rejected").thenError().isInstanceOf(LoopNotRunningException.class);
	}

	@Test
	void taskThatStopEnds() {
		CompletableFuture<Object> task = inRequest(() -> this.loop.submit(Mono.never()));
		this.loopThread.stop();
		assertThat(task).isCompletedExceptionally();
		assertTask("stopped").thenError().isInstanceOf(LoopStoppedException.class);
	}

	@Test
	void handOverThatFails() {
		this.broken.set(new IllegalArgumentException("no hand-over"));
		assertThatIllegalArgumentException().isThrownBy(() -> inRequest(() -> this.loop.execute(Mono.just("never"))));
		assertTask("error").hasError(this.broken.get());
	}

	@Test
	void conventionOfUserWins() {
		TestObservationRegistry own = TestObservationRegistry.create();
		this.loopThread.addListener(new LoopTaskObservations("loop", own, new DefaultLoopTaskObservationConvention() {

			@Override
			public String getName() {
				return "shop.task";
			}

			@Override
			public KeyValues getLowCardinalityKeyValues(LoopTaskObservationContext context) {
				return super.getLowCardinalityKeyValues(context).and("task", context.getTask());
			}

		}));
		this.loop.execute(Mono.empty());
		TestObservationRegistryAssert.assertThat(own)
			.hasSingleObservationThat()
			.hasNameEqualTo("shop.task")
			.hasLowCardinalityKeyValue("task", "page")
			.hasBeenStopped();
	}

	@Test
	void nothingIsMadeWhenNobodyListens() {
		ObservationRegistry withoutHandlers = ObservationRegistry.create();
		assertThat(new LoopTaskObservations("loop", withoutHandlers, null).create("page")).isNull();
		assertThat(new LoopTaskObservations("loop", ObservationRegistry.NOOP, null).create("page")).isNull();
		ObservationRegistry disabled = ObservationRegistry.create();
		disabled.observationConfig()
			.observationHandler((context) -> true)
			.observationPredicate((name, context) -> !name.startsWith("loop"));
		assertThat(new LoopTaskObservations("loop", disabled, null).create("page")).isNull();
		assertThat(disabled.getCurrentObservationScope()).isNull();
	}

	/**
	 * Do something as a request's thread would, which has its observation afterwards as
	 * before.
	 */
	private <T> T inRequest(Supplier<T> work) {
		try (Observation.Scope scope = this.request.openScope()) {
			try {
				return work.get();
			}
			finally {
				assertThat(this.registry.getCurrentObservationScope()).isSameAs(scope);
			}
		}
	}

	private String current() {
		Observation current = this.registry.getCurrentObservation();
		return (current != null) ? current.getContextView().getName() : "none";
	}

	private TestObservationRegistryAssertReturningObservationContextAssert assertTask(String outcome) {
		return TestObservationRegistryAssert.assertThat(this.registry)
			.hasObservationWithNameEqualTo("loop.execute")
			.that()
			.hasBeenStarted()
			.hasBeenStopped()
			.hasLowCardinalityKeyValue("loop", "loop")
			.hasLowCardinalityKeyValue("outcome", outcome);
	}

}
