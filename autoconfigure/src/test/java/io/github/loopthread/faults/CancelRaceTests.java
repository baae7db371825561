package io.github.loopthread.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.BufferCensus;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopScope;
import io.github.loopthread.PoolCensus;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Calls that end at the moment in which their response arrives, by whatever cancels them
 * on whatever thread: no buffer is lost, and no connection of the pool. The short form
 * runs by default; the profile {@code proof} makes it a long one, and counts what a
 * {@code WebClient} with {@code Mono.block(timeout)} loses beside it.
 */
@Timeout(900)
@Tag("once")
class CancelRaceTests {

	private static final int FACTOR = Integer.getInteger("storm.factor", 1);

	private static final int CALLS = (FACTOR > 1) ? 20_000 : 100;

	private static final int CALLERS = 4;

	@AutoClose
	private static final TestServer server = TestServer
		.start((routes) -> routes.get("/small", (request, response) -> response.sendString(Mono.just("x".repeat(100))))
			.get("/large", (request, response) -> response.sendString(Flux.range(0, 50).map((i) -> "x".repeat(500)))));

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.create();

	@ParameterizedTest
	@EnumSource
	@DisplayName("M3 calls that are given up as their response arrives")
	void nothingIsLost(Way way) throws Exception {
		for (String path : List.of("/small", "/large")) {
			Storm storm = new Storm();
			Mono<String> call = client.web().get().uri(server.url(path)).retrieve().bodyToMono(String.class);
			storm.run((limit) -> way.call.get(client.loop(), call, limit));
			System.out.printf("%s %s: %s%n", way, path, storm);
			assertThat(storm.values).hasPositiveValue();
			assertThat(storm.givenUp).hasPositiveValue();
		}
		// Connections, buffers and permits: DefaultClient and NothingLeftExtension
	}

	@Test
	@DisplayName("M3 bodies that a task reads itself and gives up")
	void nothingIsLostOfBodyThatTaskReadsItself() throws Exception {
		Storm storm = new Storm();
		Mono<Long> call = client.web()
			.get()
			.uri(server.url("/large"))
			.exchangeToFlux((response) -> response.body((message, context) -> message.getBody()))
			.doOnNext(DataBufferUtils::release)
			.count();
		storm.run((limit) -> client.loop().execute(call.timeout(limit)));
		System.out.printf("body of the task's own: %s%n", storm);
		assertThat(storm.givenUp).hasPositiveValue();
	}

	@Test
	void whatBlockLoses() throws Exception {
		assumeTrue(FACTOR > 1, "takes long: mvn test -P proof -pl autoconfigure -Dtest=CancelRaceTests");
		for (String path : List.of("/small", "/large")) {
			LoopResources loop = LoopResources.create(BufferCensus.OTHER_CLIENT, 1, true);
			PoolCensus connections = new PoolCensus();
			ConnectionProvider.Builder builder = ConnectionProvider.builder("block").maxConnections(CALLERS * CALLS);
			connections.count(builder);
			ConnectionProvider pool = builder.build();
			WebClient other = WebClient.builder()
				.clientConnector(new ReactorClientHttpConnector(HttpClient.create(pool).runOn(loop, false)))
				.build();
			Mono<String> call = other.get().uri(server.url(path)).retrieve().bodyToMono(String.class);
			Storm storm = new Storm();
			long before = BufferCensus.openOfOtherClients();
			storm.run(call::block);
			try {
				await().atMost(Duration.ofSeconds(5)).until(() -> connections.acquired() == 0);
			}
			catch (ConditionTimeoutException ex) {
				// Those will never be given back
			}
			int lost = connections.acquired();
			pool.disposeLater().then(loop.disposeLater(Duration.ofMillis(1), DefaultClient.LONG)).block();
			System.out.printf("Mono.block(timeout) %s: %s; lost: %d buffers, %d connections%n", path, storm,
					BufferCensus.openOfOtherClients() - before, lost);
		}
	}

	private enum Way {

		DEADLINE((loop, call, limit) -> loop.withTimeout(limit).execute(call)),

		/**
		 * The operator cancels on a thread of Reactor's timer.
		 */
		OPERATOR((loop, call, limit) -> loop.execute(call.timeout(limit))),

		SCOPE((loop, call, limit) -> {
			try (LoopScope scope = loop.scope()) {
				return scope.fork(call.timeout(limit)).get();
			}
		}),

		FUTURE((loop, call, limit) -> {
			CompletableFuture<String> future = loop.submit(call);
			try {
				return future.get(limit.toNanos(), TimeUnit.NANOSECONDS);
			}
			catch (TimeoutException ex) {
				future.cancel(true);
				throw ex;
			}
		}),

		/**
		 * Without a task: the caller's thread cancels.
		 */
		BLOCK((loop, call, limit) -> call.block(limit));

		private final Call call;

		Way(Call call) {
			this.call = call;
		}

	}

	private interface Call {

		String get(LoopOperations loop, Mono<String> call, Duration limit) throws Exception;

	}

	private interface LimitedCall {

		Object get(Duration limit) throws Exception;

	}

	/**
	 * Calls with a limit that follows what they take, so that about half of them are
	 * given up, most of them as their response arrives.
	 */
	private static final class Storm {

		private final AtomicInteger values = new AtomicInteger();

		private final AtomicInteger givenUp = new AtomicInteger();

		void run(LimitedCall call) throws Exception {
			ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
			try {
				List<Future<?>> all = new ArrayList<>();
				for (int caller = 0; caller < CALLERS; caller++) {
					all.add(callers.submit(() -> calls(call)));
				}
				for (Future<?> caller : all) {
					caller.get();
				}
			}
			finally {
				callers.shutdown();
			}
		}

		private void calls(LimitedCall call) {
			double limit = Duration.ofMillis(20).toNanos();
			for (int i = 0; i < CALLS; i++) {
				try {
					call.get(Duration.ofNanos((long) limit));
					this.values.incrementAndGet();
					// Quickly to what a call takes, and slowly around it
					limit *= (this.givenUp.get() > 0) ? 0.97 : 0.9;
				}
				catch (Exception ex) {
					// What ends a call is asked elsewhere
					this.givenUp.incrementAndGet();
					limit *= 1.03;
				}
			}
		}

		@Override
		public String toString() {
			return "%d values, %d given up".formatted(this.values.get(), this.givenUp.get());
		}

	}

}
