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
		assertThat(monitorsHeldDuring(wait.method, () -> wait.call.accept(this.loop))).isEmpty();
	}

	@Test
	void oneThatIsHeldIsSeen() throws Exception {
		Object monitor = new Object();
		assertThat(monitorsHeldDuring("execute", () -> {
			synchronized (monitor) {
				this.loop.execute(Mono.never());
			}
		})).singleElement().extracting(MonitorInfo::getIdentityHashCode).isEqualTo(System.identityHashCode(monitor));
	}

	private static MonitorInfo[] monitorsHeldDuring(String method, Runnable call) throws Exception {
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
		ThreadInfo info = await().until(() -> look(caller), (looked) -> waitsIn(method, looked));
		caller.interrupt();
		assertThat(outcome).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("LoopInterruptedException");
		caller.join();
		return info.getLockedMonitors();
	}

	// State, frames and monitors of one moment: a caller may wait more than once
	private static ThreadInfo look(Thread thread) {
		return ManagementFactory.getThreadMXBean().getThreadInfo(new long[] { thread.getId() }, true, false)[0];
	}

	private static boolean waitsIn(String method, ThreadInfo thread) {
		List<String> frames = Stream.of(thread.getStackTrace()).map(StackTraceElement::getMethodName).toList();
		return PARKED.contains(thread.getThreadState()) && frames.contains(method)
				&& frames.stream().anyMatch((frame) -> frame.startsWith("await"));
	}

	/**
	 * The ways in which a caller waits.
	 */
	private enum Wait {

		EXECUTE("execute", (loop) -> loop.execute(Mono.never())),

		EXECUTE_STAGE("execute", (loop) -> loop.execute(() -> new CompletableFuture<>())),

		OPEN("open", (loop) -> loop.open(Mono.never(), (value) -> Mono.empty())),

		CLOSE("close", (loop) -> loop.open(Mono.just("value"), (value) -> Mono.never()).close()),

		READ("findFirst", (loop) -> {
			try (Stream<Object> stream = loop.stream(Flux.never())) {
				assertThat(stream.findFirst()).isEmpty();
			}
		}),

		GET("get", (loop) -> {
			try (LoopScope scope = loop.scope()) {
				scope.fork(Mono.never()).get();
			}
		}),

		JOIN("join", (loop) -> {
			try (LoopScope scope = loop.scope()) {
				scope.fork(Mono.never());
				scope.join();
			}
		}),

		FIRST("first", (loop) -> {
			try (LoopScope scope = loop.scope()) {
				scope.fork(Mono.never());
				scope.first();
			}
		});

		private final String method;

		private final Consumer<LoopTemplate> call;

		Wait(String method, Consumer<LoopTemplate> call) {
			this.method = method;
			this.call = call;
		}

	}

}
