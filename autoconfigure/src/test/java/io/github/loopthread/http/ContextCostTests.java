package io.github.loopthread.http;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopContext;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Prints what it costs to carry the MDC: the processor time per request of the loop's
 * thread and the callers', without any context, in the way of this library, and with
 * Reactor's automatic hook. 16 callers make 10 small requests at once, again and again.
 * The profile {@code proof} measures for longer.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@Tag("once")
class ContextCostTests {

	private static final int FACTOR = Integer.getInteger("storm.factor", 1);

	private static final int CALLERS = 16;

	private static final int REQUESTS_AT_ONCE = 10;

	private static final int TASKS_PER_CALLER = 10 * FACTOR;

	private static final int ROUNDS = 3;

	private final TestServer server = TestServer
		.start((routes) -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("hello"))));

	private final LongAdder seen = new LongAdder();

	@AfterEach
	void close() {
		Hooks.disableAutomaticContextPropagation();
		ContextRegistry.getInstance().removeThreadLocalAccessor(Slf4jThreadLocalAccessor.KEY);
		this.server.close();
	}

	@Test
	void printWhatCarryingTheMdcCosts() throws Exception {
		Map<Way, double[]> micros = new EnumMap<>(Way.class);
		for (int round = -1; round < ROUNDS; round++) {
			for (Way way : Way.values()) {
				this.seen.reset();
				double perRequest = measure(way);
				assertThat(this.seen.sum()).as(way.name())
					.isEqualTo((way == Way.NONE) ? 0 : CALLERS * TASKS_PER_CALLER * REQUESTS_AT_ONCE);
				if (round >= 0) {
					micros.computeIfAbsent(way, (key) -> new double[ROUNDS])[round] = perRequest;
				}
			}
		}
		micros.forEach((way, all) -> {
			Arrays.sort(all);
			System.out.printf("%s: %.1f us per request (%.1f to %.1f)%n", way.description, all[ROUNDS / 2], all[0],
					all[ROUNDS - 1]);
		});
	}

	private double measure(Way way) throws Exception {
		LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector.resource((pool) -> {
			pool.maxConnections(CALLERS * REQUESTS_AT_ONCE);
		}, (client, onLoop) -> new ReactorClientHttpConnector(onLoop.apply(client)));
		LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of(resource), way.context());
		if (way == Way.HOOK) {
			ContextRegistry.getInstance().registerThreadLocalAccessor(new Slf4jThreadLocalAccessor());
			Hooks.enableAutomaticContextPropagation();
		}
		loopThread.start();
		LoopTemplate loop = new LoopTemplate(loopThread, Duration.ofSeconds(60));
		WebClient client = WebClient.builder()
			.baseUrl(this.server.url(""))
			.clientConnector(new LoopClientHttpConnector(resource))
			.build();
		ThreadMXBean threads = ManagementFactory.getThreadMXBean();
		LongAdder cpu = new LongAdder();
		List<Thread> callers = new ArrayList<>();
		long loopBefore = cpuTimeOfLoop(loop, threads);
		for (int i = 0; i < CALLERS; i++) {
			String id = "caller-" + i;
			callers.add(new Thread(() -> {
				MDC.put("id", id);
				for (int j = 0; j < TASKS_PER_CALLER; j++) {
					loop.execute(Flux.range(0, REQUESTS_AT_ONCE)
						.flatMap((k) -> client.get()
							.uri("/hello")
							.retrieve()
							.bodyToMono(String.class)
							.doOnNext((body) -> look(id)))
						.then(Mono.empty()));
				}
				cpu.add(threads.getCurrentThreadCpuTime());
			}));
		}
		callers.forEach(Thread::start);
		for (Thread caller : callers) {
			caller.join(TimeUnit.MINUTES.toMillis(5));
		}
		cpu.add(cpuTimeOfLoop(loop, threads) - loopBefore);
		loopThread.stop();
		Hooks.disableAutomaticContextPropagation();
		ContextRegistry.getInstance().removeThreadLocalAccessor(Slf4jThreadLocalAccessor.KEY);
		return cpu.sum() / 1000.0 / (CALLERS * TASKS_PER_CALLER * REQUESTS_AT_ONCE);
	}

	private void look(String id) {
		if (id.equals(MDC.get("id"))) {
			this.seen.increment();
		}
	}

	private static long cpuTimeOfLoop(LoopTemplate loop, ThreadMXBean threads) {
		Long time = loop.execute(Mono.fromSupplier(threads::getCurrentThreadCpuTime));
		assertThat(time).isNotNull();
		return time;
	}

	private enum Way {

		NONE("without context"), BOUNDARY("at the boundary"), HOOK("with the automatic hook");

		private final String description;

		Way(String description) {
			this.description = description;
		}

		LoopContext context() {
			List<Slf4jThreadLocalAccessor> accessors = (this == BOUNDARY) ? List.of(new Slf4jThreadLocalAccessor())
					: List.of();
			return new LoopContext(() -> LoopContext.snapshotFactory(accessors, List.of()), List.of());
		}

	}

}
