package io.github.loopthread;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.http.LoopClientHttpConnector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Load that gives the watchdog no reason to report anything: many callers, HTTP, and a
 * garbage collector that is kept busy. The short form runs by default; the profile
 * {@code proof} makes it one of ten minutes.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class LoadRunTests {

	private static final int FACTOR = Integer.getInteger("storm.factor", 1);

	private static final Duration DURATION = (FACTOR > 1) ? Duration.ofMinutes(10) : Duration.ofSeconds(5);

	private static final int CALLERS = 64;

	// The first calls load classes, which takes a while on a machine that is busy
	private static final int WARM_UP_CALLS = 500 * FACTOR;

	private static final Duration UPSTREAM_TAKES = Duration.ofMillis(50);

	private final LoopResource<? extends ClientHttpConnector> connector = LoopClientHttpConnector.resource(
			(pool) -> pool.maxConnections(2 * CALLERS),
			(client, onLoop) -> new ReactorClientHttpConnector(onLoop.apply(client)));

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of(this.connector));

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(30));

	private final AtomicBoolean over = new AtomicBoolean();

	private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

	private final AtomicLong calls = new AtomicLong();

	private final AtomicLong worstLagNanos = new AtomicLong();

	private final AtomicLong garbage = new AtomicLong();

	@Test
	void loopUnderLoadIsNotReported() throws Exception {
		this.loopThread.addListener(new LoopListener() {

			@Override
			public void answered(Duration lag) {
				LoadRunTests.this.worstLagNanos.accumulateAndGet(lag.toNanos(), Math::max);
			}

		});
		this.loopThread.start();
		long stalls;
		try (TestServer server = TestServer.start((routes) -> routes.get("/item",
				(request, response) -> response.sendString(Mono.just("item").delayElement(UPSTREAM_TAKES))))) {
			WebClient client = WebClient.builder()
				.clientConnector(new LoopClientHttpConnector(this.connector))
				.baseUrl(server.url(""))
				.build();
			List<Thread> threads = new ArrayList<>();
			for (int i = 0; i < CALLERS; i++) {
				threads.add(new Thread(() -> callUntilOver(client), "caller-" + i));
			}
			threads.add(new Thread(this::makeGarbageUntilOver, "garbage"));
			threads.forEach(Thread::start);
			await().atMost(Duration.ofMinutes(2)).until(() -> this.calls.get() > WARM_UP_CALLS);
			long stallsOfWarmUp = this.loopThread.stalls();
			this.worstLagNanos.set(0);
			await().pollDelay(DURATION).atMost(DURATION.plusSeconds(60)).until(() -> true);
			stalls = this.loopThread.stalls() - stallsOfWarmUp;
			this.over.set(true);
			for (Thread thread : threads) {
				thread.join(30_000);
				assertThat(thread.isAlive()).isFalse();
			}
		}
		this.loopThread.stop();
		System.out.printf("%d calls and %d MB of garbage in %d s, the loop's worst answer took %.1f ms, %d stalls%n",
				this.calls.get(), this.garbage.get() >> 20, DURATION.toSeconds(), this.worstLagNanos.get() / 1e6,
				stalls);
		assertThat(this.failures).isEmpty();
		assertThat(stalls).isZero();
	}

	private void callUntilOver(WebClient client) {
		try {
			callsUntilOver(client);
		}
		catch (Throwable ex) {
			this.failures.add(ex);
		}
	}

	private void callsUntilOver(WebClient client) {
		Mono<String> item = client.get().uri("/item").retrieve().bodyToMono(String.class);
		for (long call = 0; !this.over.get(); call++) {
			switch ((int) (call % 4)) {
				case 0, 1 -> assertThat(this.loop.execute(item)).isEqualTo("item");
				case 2 -> {
					try (LoopScope scope = this.loop.scope()) {
						Fork<String> first = scope.fork(item);
						Fork<String> second = scope.fork(item);
						assertThat(first.get()).isEqualTo(second.get());
					}
				}
				default -> {
					try (Stream<Integer> stream = this.loop.stream(Flux.range(0, 200))) {
						assertThat(stream.count()).isEqualTo(200);
					}
				}
			}
			this.calls.incrementAndGet();
		}
	}

	private void makeGarbageUntilOver() {
		List<byte[]> kept = new ArrayList<>();
		while (!this.over.get()) {
			for (int i = 0; i < 1024; i++) {
				kept.add(new byte[16 * 1024]);
			}
			this.garbage.addAndGet(1024 * 16 * 1024);
			if (kept.size() > 4096) {
				kept.clear();
			}
			// Leaves time to others: it is the collector that is to be kept busy
			await().pollDelay(Duration.ofMillis(20)).until(() -> true);
		}
	}

}
