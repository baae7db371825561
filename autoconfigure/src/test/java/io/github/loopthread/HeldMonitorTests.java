package io.github.loopthread;

import java.lang.management.ManagementFactory;
import java.lang.management.MonitorInfo;
import java.lang.management.ThreadInfo;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Callers that wait hold no monitor. Before JDK 24 one pins the carrier of a virtual
 * thread; it can be seen of any thread, and in any JDK.
 */
@Timeout(60)
@DisplayName("Q1 callers that wait hold no monitor")
class HeldMonitorTests {

	private static final Set<Thread.State> PARKED = Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING);

	private final LoopThread loopThread = new LoopThread(
			LoopSettings.defaults().withDrainTimeout(Duration.ZERO).withCloseTimeout(Duration.ofMillis(100)),
			List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void stop() {
		this.loopThread.stop();
	}

	@ParameterizedTest
	@EnumSource
	void whileItWaitsCallerHoldsNone(Wait wait) throws Exception {
		assertThat(monitorsHeldDuring(() -> wait.call.accept(this.loop))).isEmpty();
	}

	@Test
	void oneThatIsHeldIsSeen() throws Exception {
		Object monitor = new Object();
		assertThat(monitorsHeldDuring(() -> {
			synchronized (monitor) {
				this.loop.execute(Mono.never());
			}
		})).singleElement().extracting(MonitorInfo::getIdentityHashCode).isEqualTo(System.identityHashCode(monitor));
	}

	private static MonitorInfo[] monitorsHeldDuring(Runnable call) throws Exception {
		CompletableFuture<String> outcome = new CompletableFuture<>();
		Thread caller = new Thread(() -> {
			try {
				call.run();
				outcome.complete("returned");
			}
			catch (RuntimeException ex) {
				outcome.complete(ex.getClass().getSimpleName());
			}
		}, "caller");
		caller.start();
		await().until(() -> waits(caller));
		ThreadInfo info = ManagementFactory.getThreadMXBean()
			.getThreadInfo(new long[] { caller.getId() }, true, false)[0];
		caller.interrupt();
		assertThat(outcome).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("LoopInterruptedException");
		caller.join();
		assertThat(PARKED).contains(info.getThreadState());
		return info.getLockedMonitors();
	}

	private static boolean waits(Thread thread) {
		return PARKED.contains(thread.getState())
				&& Stream.of(thread.getStackTrace()).anyMatch((frame) -> frame.getMethodName().startsWith("await"));
	}

	/**
	 * The ways in which a caller waits.
	 */
	private enum Wait {

		EXECUTE((loop) -> loop.execute(Mono.never())),

		EXECUTE_STAGE((loop) -> loop.execute(() -> new CompletableFuture<>())),

		OPEN((loop) -> loop.open(Mono.never(), (value) -> Mono.empty())),

		CLOSE((loop) -> loop.open(Mono.just("value"), (value) -> Mono.never()).close()),

		READ((loop) -> {
			try (Stream<Object> stream = loop.stream(Flux.never())) {
				assertThat(stream.findFirst()).isEmpty();
			}
		}),

		GET((loop) -> {
			try (LoopScope scope = loop.scope()) {
				scope.fork(Mono.never()).get();
			}
		}),

		JOIN((loop) -> {
			try (LoopScope scope = loop.scope()) {
				scope.fork(Mono.never());
				scope.join();
			}
		}),

		FIRST((loop) -> {
			try (LoopScope scope = loop.scope()) {
				scope.fork(Mono.never());
				scope.first();
			}
		});

		private final Consumer<LoopTemplate> call;

		Wait(Consumer<LoopTemplate> call) {
			this.call = call;
		}

	}

}
