package io.github.loopthread.faults;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.micrometer.context.ContextRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerRequest;
import reactor.util.retry.Retry;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpEntity;
import org.springframework.web.reactive.function.client.WebClient.ResponseSpec;

import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tasks that are made of ordinary operators around calls, in random combinations, and
 * given up at random moments: nothing is lost, nobody gets what is another's, and nothing
 * is left. The profile {@code proof} makes a long storm of it.
 */
@Timeout(900)
class OperatorStormTests {

	private static final int FACTOR = Integer.getInteger("storm.factor", 1);

	private static final int CALLS = 30 * FACTOR;

	private static final int CALLERS = 4;

	private static final long SEED = 20261129;

	private static final String KEY = OperatorStormTests.class.getName();

	private static final ThreadLocal<@Nullable String> USER = new ThreadLocal<>();

	static {
		// Before the application starts
		ContextRegistry.getInstance().registerThreadLocalAccessor(KEY, USER);
	}

	@AutoClose
	private static final TestServer server = TestServer.start((routes) -> routes
		.get("/small", (request, response) -> response.sendString(Mono.just(user(request))))
		.get("/large",
				(request, response) -> response
					.sendString(Flux.range(0, 50).map((i) -> user(request) + "x".repeat(500))))
		.get("/broken", (request, response) -> response.status(500).sendString(Mono.just(user(request))))
		.get("/moved", (request, response) -> response.sendRedirect("/large"))
		.post("/echo",
				(request, response) -> request.receive().then(response.sendString(Mono.just(user(request))).then())));

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.create();

	private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

	private final AtomicInteger values = new AtomicInteger();

	private final AtomicInteger others = new AtomicInteger();

	@AfterAll
	static void forgetUser() {
		ContextRegistry.getInstance().removeThreadLocalAccessor(KEY);
	}

	@Test
	@DisplayName("M3 tasks of ordinary operators, given up at random moments")
	void nothingIsLostAndNobodyGetsWhatIsAnothers() throws Exception {
		ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
		try {
			List<Future<?>> all = new ArrayList<>();
			for (int i = 0; i < CALLERS; i++) {
				String name = "u" + i + "-";
				Random random = new Random(SEED + i);
				all.add(callers.submit(() -> calls(name, random)));
			}
			for (Future<?> caller : all) {
				caller.get();
			}
		}
		finally {
			callers.shutdown();
		}
		System.out.printf("operators, seed %d: %d values, %d other endings%n", SEED, this.values.get(),
				this.others.get());
		assertThat(this.wrong).isEmpty();
		assertThat(this.values).hasPositiveValue();
		assertThat(this.others).hasPositiveValue();
		await().untilAsserted(() -> {
			assertThat(client.loopThread().openWork()).isEmpty();
			assertThat(client.loopThread().tasks()).isEmpty();
		});
		assertThat(client.loopThread().eventLoopGroup().submit(USER::get).get(20, TimeUnit.SECONDS)).isNull();
		// Connections, buffers and permits: DefaultClient and NothingLeftExtension
	}

	private void calls(String user, Random random) {
		double limit = Duration.ofMillis(100).toNanos();
		for (int i = 0; i < CALLS; i++) {
			String id = user + i + ";";
			USER.set(id);
			try {
				Duration time = Duration.ofNanos((long) (limit * (0.3 + random.nextDouble())));
				through(random, id, time, combined(random, id, time, random.nextInt(3)));
				this.values.incrementAndGet();
				limit *= 0.9;
			}
			catch (LoopStoppedException | AssertionError ex) {
				this.wrong.add(ex.toString());
			}
			catch (Exception ex) {
				// What ends a call is asked elsewhere
				this.others.incrementAndGet();
				limit = Math.min(limit * 1.1, Duration.ofMillis(200).toNanos());
			}
			finally {
				USER.remove();
			}
		}
	}

	/**
	 * Make a call, by any of the ways in which a task may be brought.
	 */
	private static void through(Random random, String id, Duration time, Mono<String> task) throws Exception {
		LoopOperations shortly = client.loop().withTimeout(time);
		switch (random.nextInt(6)) {
			case 0 -> shortly.execute(task);
			case 1 -> client.loop().withTimeout(DefaultClient.LONG).execute(task.timeout(time));
			case 2 -> client.loop().submit(task).orTimeout(time.toNanos(), TimeUnit.NANOSECONDS).get();
			case 3 -> {
				try (LoopScope scope = shortly.scope()) {
					scope.fork(task);
					scope.fork(task.timeout(time));
					scope.first();
				}
			}
			case 4 -> {
				try (Stream<String> values = shortly.stream(Flux.merge(task, task))) {
					values.findFirst().orElseThrow();
				}
			}
			default -> body(client.loop().submit(response(id, "/large").toEntityFlux(String.class)), time);
		}
	}

	/**
	 * Read the body of a response outside of the task that has brought it.
	 */
	private static void body(CompletableFuture<? extends HttpEntity<Flux<String>>> response, Duration time)
			throws Exception {
		response.orTimeout(time.toNanos(), TimeUnit.NANOSECONDS);
		client.loop().execute(Objects.requireNonNull(response.get().getBody()).then());
	}

	private Mono<String> combined(Random random, String id, Duration time, int depth) {
		if (depth == 0) {
			return call(id, random.nextInt(8)).doOnNext((body) -> check(id, body)).map((body) -> id);
		}
		Mono<String> task = combined(random, id, time, depth - 1);
		Mono<String> other = combined(random, id, time, 0);
		return switch (random.nextInt(16)) {
			case 0 -> task.timeout(time, other);
			case 1 -> task.timeout(time.dividedBy(2)).retryWhen(Retry.backoff(1, Duration.ofMillis(1)));
			case 2 -> Mono.zip(task, other.timeout(time, Mono.just(id)), (first, second) -> first);
			case 3 -> Mono.firstWithValue(task, other);
			case 4 -> Mono.firstWithSignal(task, other, Mono.delay(time).thenReturn(id));
			case 5 -> task.takeUntilOther(Mono.delay(time)).defaultIfEmpty(id);
			case 6 -> Flux.range(0, 3).flatMap((i) -> (i == 1) ? other : task, 2).next();
			case 7 -> Flux.merge(task, other).take(time).next().defaultIfEmpty(id);
			case 8 -> task.publishOn(Schedulers.parallel()).flatMap((value) -> other);
			case 9 -> task.subscribeOn(Schedulers.boundedElastic());
			case 10 -> task.cancelOn(Schedulers.parallel()).timeout(time);
			case 11 -> Mono.usingWhen(Mono.just(id), (value) -> task, (value) -> other.onErrorComplete());
			case 12 -> task.timeout(time.dividedBy(2)).onErrorResume((ex) -> other);
			case 13 -> task.delayElement(Duration.ofMillis(1)).delaySubscription(Duration.ofMillis(1));
			case 14 -> Mono.just(task.share())
				.flatMap(
						(shared) -> Mono.zip(shared, shared.timeout(time).onErrorReturn(id), (first, second) -> first));
			default -> task.repeat(1).concatWith(other).last();
		};
	}

	private static Mono<String> call(String id, int kind) {
		return switch (kind) {
			case 0 -> response(id, "/small").bodyToMono(String.class);
			case 1 -> response(id, "/moved").toEntity(String.class).mapNotNull(HttpEntity::getBody);
			case 2 ->
				response(id, "/broken").onStatus((status) -> true, (response) -> Mono.empty()).bodyToMono(String.class);
			case 3 -> raw(response(id, "/large").bodyToFlux(DataBuffer.class)).take(1).single();
			case 4 -> response(id, "/large").toEntityFlux(DataBuffer.class)
				.flatMap((response) -> raw(Objects.requireNonNull(response.getBody())).take(2).next());
			case 5 ->
				DataBufferUtils.join(response(id, "/large").bodyToFlux(DataBuffer.class)).map(OperatorStormTests::read);
			case 6 -> client.web()
				.post()
				.uri(server.url("/echo"))
				.header("X-User", id)
				.body(Flux.just("one", "two").delayElements(Duration.ofMillis(1), client.loopThread().scheduler()),
						String.class)
				.retrieve()
				.bodyToMono(String.class);
			default -> response(id, "/large").bodyToMono(String.class);
		};
	}

	private static Flux<String> raw(Flux<DataBuffer> body) {
		return body.map(OperatorStormTests::read);
	}

	private static String read(DataBuffer buffer) {
		String body = buffer.toString(StandardCharsets.UTF_8);
		DataBufferUtils.release(buffer);
		return body;
	}

	private static String user(HttpServerRequest request) {
		return Objects.requireNonNull(request.requestHeaders().get("X-User"));
	}

	/**
	 * Look whose the response is, and for whom the loop's thread works.
	 */
	private void check(String id, String body) {
		if (!body.startsWith(id)) {
			this.wrong.add("%s got %s".formatted(id, body));
		}
		if (client.loopThread().inLoop() && !id.equals(USER.get())) {
			this.wrong.add("%s saw %s".formatted(id, USER.get()));
		}
	}

	private static ResponseSpec response(String id, String path) {
		return client.web().get().uri(server.url(path)).header("X-User", id).retrieve();
	}

}
