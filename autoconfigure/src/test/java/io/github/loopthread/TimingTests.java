package io.github.loopthread;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Prints how long things take. The bounds are far above what is printed, so that a busy
 * machine does not fail them.
 */
class TimingTests {

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	@Test
	void idleStopAndRestart() {
		List<Double> stops = new ArrayList<>();
		List<Double> starts = new ArrayList<>();
		for (int i = 0; i < 50; i++) {
			starts.add(millis(this.loopThread::start));
			this.loop.execute(Mono.just("value"));
			stops.add(millis(this.loopThread::stop));
		}
		print("start", starts);
		print("idle stop", stops);
		assertThat(percentile(starts, 50)).isLessThan(1000);
		assertThat(percentile(stops, 50)).isLessThan(1000);
	}

	@Test
	void deadlineWhileLoopIsBlocked() {
		this.loopThread.start();
		List<Double> overshoots = new ArrayList<>();
		LoopTemplate shortly = this.loop.withTimeout(Duration.ofMillis(20));
		for (int round = 0; round < 10; round++) {
			try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
				for (int i = 0; i < 20; i++) {
					overshoots.add(millis(() -> assertThatExceptionOfType(LoopTimeoutException.class)
						.isThrownBy(() -> shortly.execute(Mono.just("late")))) - 20);
				}
			}
		}
		this.loopThread.stop();
		print("overshoot of the deadline while the loop is blocked", overshoots);
		assertThat(percentile(overshoots, 0)).isGreaterThanOrEqualTo(0);
		assertThat(percentile(overshoots, 99)).isLessThan(1000);
	}

	/**
	 * Beside as many threads that wait for plain futures: waking a thread costs what it
	 * costs.
	 */
	@Test
	void stopWithThousandCallersWaiting() throws Exception {
		LoopThread loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ZERO), List.of());
		LoopTemplate loop = new LoopTemplate(loopThread, Duration.ofSeconds(50));
		List<Double> stopped = new ArrayList<>();
		List<Double> plain = new ArrayList<>();
		for (int round = 0; round < 5; round++) {
			loopThread.start();
			WaitingCallers callers = WaitingCallers.start(1000, loop);
			long stopNanos = System.nanoTime();
			loopThread.stop();
			assertThat(callers.outcomes()).hasOnlyElementsOfType(LoopStoppedException.class);
			stopped.add(callers.lastAwakeMillisAfter(stopNanos));
			plain.add(plainFutures());
		}
		print("1000 callers awake after the end of the drain", stopped);
		print("as many that wait for plain futures", plain);
		assertThat(percentile(stopped, 50)).isLessThan(5_000);
	}

	@Test
	void interruptOfThousandCallers() throws Exception {
		this.loopThread.start();
		List<Double> interrupted = new ArrayList<>();
		for (int round = 0; round < 3; round++) {
			WaitingCallers callers = WaitingCallers.start(1000, this.loop);
			long interruptNanos = System.nanoTime();
			callers.interrupt();
			assertThat(callers.outcomes()).hasSize(1000).hasOnlyElementsOfType(LoopInterruptedException.class);
			interrupted.add(callers.lastAwakeMillisAfter(interruptNanos));
			await().until(() -> this.loopThread.activeTasks() == 0);
		}
		this.loopThread.stop();
		double atMost = percentile(interrupted, 100);
		System.out.printf("1000 callers awake after their interrupt: p50 %.2f ms, at most %.2f ms%n",
				percentile(interrupted, 50), atMost);
		assertThat(atMost).isLessThan(5_000);
	}

	/**
	 * A caller looks again every second whatever wakes it, so that an interrupt that does
	 * not would be seen in whole seconds.
	 */
	@Test
	void interruptOfOneCaller() throws Exception {
		this.loopThread.start();
		assertReturnsAtOnce("interrupted caller of execute", (caller) -> this.loop.execute(Mono.never()));
		assertReturnsAtOnce("interrupted reader of a stream", (caller) -> {
			try (Stream<Object> stream = this.loop.stream(Flux.never())) {
				assertThat(stream.findFirst()).isEmpty();
			}
		});
		assertReturnsAtOnce("interrupted owner of a scope", (caller) -> {
			try (LoopScope scope = this.loop.scope()) {
				scope.fork(Mono.never());
				scope.join();
			}
		});
		this.loopThread.stop();
	}

	private static void assertReturnsAtOnce(String what, IntConsumer wait) throws Exception {
		List<Double> returned = new ArrayList<>();
		WaitingCallers callers = WaitingCallers.start(200, wait);
		for (int caller = 0; caller < 200; caller++) {
			long interruptNanos = System.nanoTime();
			callers.interrupt(caller);
			returned.add(callers.lastAwakeMillisAfter(interruptNanos));
		}
		assertThat(callers.outcomes()).hasSize(200).hasOnlyElementsOfType(LoopInterruptedException.class);
		print(what, returned);
		assertThat(percentile(returned, 99)).isLessThan(500);
	}

	private static double plainFutures() throws Exception {
		List<CompletableFuture<String>> futures = Stream.generate(CompletableFuture<String>::new).limit(1000).toList();
		WaitingCallers callers = WaitingCallers.start(1000,
				(caller) -> futures.get(caller).orTimeout(50, TimeUnit.SECONDS).join());
		long nanos = System.nanoTime();
		futures.forEach((future) -> future.completeExceptionally(new IllegalStateException("expected")));
		callers.outcomes();
		return callers.lastAwakeMillisAfter(nanos);
	}

	private static double millis(Runnable action) {
		long start = System.nanoTime();
		action.run();
		return (System.nanoTime() - start) / 1_000_000.0;
	}

	private static void print(String what, List<Double> millis) {
		System.out.printf("%s: p50 %.2f ms, p99 %.2f ms%n", what, percentile(millis, 50), percentile(millis, 99));
	}

	private static double percentile(List<Double> millis, int percent) {
		return millis.stream().sorted().skip((millis.size() - 1L) * percent / 100).findFirst().orElseThrow();
	}

}
