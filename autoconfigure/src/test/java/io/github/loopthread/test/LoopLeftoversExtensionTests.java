package io.github.loopthread.test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import io.github.loopthread.LoopFreezer;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoopLeftoversExtension} with loops in fields of the test. Those with
 * Spring are in {@link LoopLeftoversWithSpringTests}.
 */
@Timeout(60)
class LoopLeftoversExtensionTests {

	// Enough for what does not end
	private static final Duration SHORT = Duration.ofMillis(500);

	private static final Duration LONG = Duration.ofSeconds(20);

	// Not a field of a type that is looked after: some tests leave a scope on purpose
	private static final AtomicReference<LoopThread> LOOP = new AtomicReference<>();

	private static Duration patience = LONG;

	@BeforeEach
	void start() {
		LoopThread loop = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ZERO), List.of());
		loop.start();
		LOOP.set(loop);
	}

	@AfterEach
	void stop() {
		LOOP.get().stop();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
			leavesTask           | Task 'quote', running, brought
			leavesQueuedTask     | Task 'quote', still queued
			leavesStream         | Stream 'quotes', running, brought
			leavesLease          | Lease 'reservation', not closed, acquired
			leavesScope          | Scope 'page', not closed, opened
			leavesFork           | Its forks: 1 'stock' RUNNING for
			leavesScopeOfDirect  | Scope 'direct', not closed, opened
			leavesScopeElsewhere | by thread 'elsewhere'. Its forks: no forks
			""")
	void testThatLeavesSomethingFailsAndSaysWhatAndWhere(String test, String what) {
		String message = failureOf(test);
		assertThat(message).startsWith("Cases.%s() has left open:".formatted(test))
			.contains(what)
			.contains(" here:\n\tat ")
			.containsPattern("Cases\\.(lambda\\$)?%s\\S*\\(LoopLeftoversExtensionTests\\.java:".formatted(test));
	}

	@ParameterizedTest
	@ValueSource(strings = { "endsInTime", "cancels", "closes", "doesNotUseLoop" })
	void testThatLeavesNothingPasses(String test) {
		run(test).assertStatistics((events) -> events.succeeded(1).failed(0));
	}

	@Test
	void testWithoutLoopAndLoopThatTestHasStoppedAreNoFailure() {
		run(OwnLoop.class).assertStatistics((events) -> events.succeeded(2).failed(0));
	}

	@Test
	void scopeThatTestHasForgottenIsNotAroundTheNextTest() {
		failureOf("leavesScopeOfDirect");
		assertThat(LoopScope.closeForgotten()).isEmpty();
	}

	@Test
	void whatWasOpenBeforeIsNotTheTests() {
		new LoopTemplate(LOOP.get(), Duration.ofSeconds(30)).submit(Mono.never());
		run("doesNotUseLoop").assertStatistics((events) -> events.succeeded(1).failed(0));
		assertThat(failureOf("leavesTask")).containsOnlyOnce("Task '");
	}

	@Test
	void testIsNotBlamedForAnotherThatRunsAtTheSameTime() {
		Parallel.reset();
		Parallel.leave = false;
		runInParallel().assertStatistics((events) -> events.succeeded(2).failed(0));
	}

	@Test
	void lastOfTestsThatRunAtTheSameTimeAnswersForAll() {
		Parallel.reset();
		Parallel.leave = true;
		Events tests = runInParallel().assertStatistics((events) -> events.succeeded(1).failed(1));
		assertThat(messageOf(tests)).startsWith("One of the tests that used a loop at the same time, ")
			.contains("Parallel.first()", "Parallel.last()", "Task 'left by first'");
	}

	private static String failureOf(String test) {
		patience = SHORT;
		try {
			return messageOf(run(test).assertStatistics((events) -> events.succeeded(0).failed(1)));
		}
		finally {
			patience = LONG;
		}
	}

	private static String messageOf(Events tests) {
		Throwable failure = tests.failed()
			.stream()
			.findFirst()
			.flatMap((event) -> event.getPayload(TestExecutionResult.class))
			.flatMap(TestExecutionResult::getThrowable)
			.orElseThrow();
		assertThat(failure).isExactlyInstanceOf(AssertionError.class);
		return failure.getMessage();
	}

	private static Events run(String test) {
		return EngineTestKit.engine("junit-jupiter")
			.selectors(DiscoverySelectors.selectMethod(Cases.class, test))
			.execute()
			.testEvents();
	}

	private static Events run(Class<?> test) {
		return EngineTestKit.engine("junit-jupiter")
			.selectors(DiscoverySelectors.selectClass(test))
			.execute()
			.testEvents();
	}

	private static Events runInParallel() {
		return EngineTestKit.engine("junit-jupiter")
			.selectors(DiscoverySelectors.selectClass(Parallel.class))
			.configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
			.configurationParameter("junit.jupiter.execution.parallel.mode.default", "concurrent")
			.configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
			.configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "2")
			.execute()
			.testEvents();
	}

	static class Cases {

		@RegisterExtension
		private final LoopLeftoversExtension leftovers = new LoopLeftoversExtension(patience);

		private final LoopThread loopThread = LOOP.get();

		private final LoopTemplate template = new LoopTemplate(this.loopThread, Duration.ofSeconds(30));

		@Test
		void leavesTask() {
			this.template.withName("quote").submit(Mono.never());
			awaitLoop();
		}

		@Test
		void leavesQueuedTask() {
			LoopFreezer freezer = LoopFreezer.freeze(this.loopThread);
			this.template.withName("quote").submit(Mono.just("late"));
			// Long after the end of the test
			Mono.delay(Duration.ofSeconds(2)).subscribe((tick) -> freezer.close());
		}

		@Test
		void leavesStream() {
			this.template.withName("quotes").stream(Flux.never());
			awaitLoop();
		}

		@Test
		void leavesLease() {
			this.template.withName("reservation").open(Mono.just("R7"), (reservation) -> Mono.empty());
		}

		@Test
		void leavesScope() {
			this.template.withName("page").scope();
		}

		@Test
		void leavesFork() {
			this.template.withName("page").scope().fork("stock", Mono.never());
			awaitLoop();
		}

		@Test
		void leavesScopeOfDirect() {
			LoopOperations.direct().withName("direct").scope();
		}

		@Test
		void leavesScopeElsewhere() throws Exception {
			ExecutorService elsewhere = Executors.newSingleThreadExecutor((task) -> new Thread(task, "elsewhere"));
			elsewhere.submit(() -> this.template.scope()).get();
			elsewhere.shutdown();
			assertThat(elsewhere.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
		}

		@Test
		void endsInTime() {
			this.template.submit(Mono.delay(Duration.ofMillis(50)));
		}

		@Test
		void cancels() {
			this.template.submit(Mono.never()).cancel(true);
		}

		@Test
		void closes() {
			try (LoopScope scope = this.template.scope()) {
				scope.fork(Mono.never());
			}
			this.template.stream(Flux.never()).close();
			this.template.open(Mono.just("R7"), (reservation) -> Mono.empty()).close();
		}

		@Test
		void doesNotUseLoop() {
			assertThat(this.loopThread.isRunning()).isTrue();
		}

		private void awaitLoop() {
			assertThat(this.template.execute(Mono.just("value"))).isEqualTo("value");
		}

	}

	@ExtendWith(LoopLeftoversExtension.class)
	static class OwnLoop {

		private LoopThread loopThread;

		@Test
		void hasNone() {
			assertThat(this.loopThread).isNull();
		}

		@Test
		void hasStoppedIt() {
			this.loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ZERO), List.of());
			this.loopThread.start();
			new LoopTemplate(this.loopThread, Duration.ofSeconds(30)).submit(Mono.never());
		}

		@AfterEach
		void stop() {
			if (this.loopThread != null) {
				this.loopThread.stop();
			}
		}

	}

	@ExtendWith(FirstEnded.class)
	static class Parallel {

		private static CountDownLatch lastHasTask;

		private static CountDownLatch firstHasEnded;

		private static boolean leave;

		@RegisterExtension
		private final LoopLeftoversExtension leftovers = new LoopLeftoversExtension(leave ? SHORT : LONG);

		private final LoopThread loopThread = LOOP.get();

		private final LoopTemplate template = new LoopTemplate(this.loopThread, Duration.ofSeconds(30));

		static void reset() {
			lastHasTask = new CountDownLatch(1);
			firstHasEnded = new CountDownLatch(1);
		}

		@Test
		void first() throws Exception {
			assertThat(lastHasTask.await(20, TimeUnit.SECONDS)).isTrue();
			if (leave) {
				this.template.withName("left by first").submit(Mono.never());
			}
		}

		@Test
		void last() throws Exception {
			try (LoopScope scope = this.template.scope()) {
				scope.fork(Mono.never());
				lastHasTask.countDown();
				assertThat(firstHasEnded.await(20, TimeUnit.SECONDS)).isTrue();
			}
		}

	}

	/**
	 * Called after the extension, which is registered later.
	 */
	static class FirstEnded implements AfterEachCallback {

		@Override
		public void afterEach(ExtensionContext context) {
			if (context.getDisplayName().equals("first()")) {
				Parallel.firstHasEnded.countDown();
			}
		}

	}

}
