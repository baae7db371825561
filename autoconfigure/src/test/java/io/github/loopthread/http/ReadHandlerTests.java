package io.github.loopthread.http;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import io.github.loopthread.LoopContext;
import io.github.loopthread.LoopFreezer;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.RawServer;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * How often the loop's thread is given the values of a task, and when they are taken away
 * again.
 */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ReadHandlerTests {

	private static final ThreadLocal<@Nullable String> USER = new ThreadLocal<>();

	private final AtomicInteger set = new AtomicInteger();

	private final Map<String, String> seenByHook = new ConcurrentHashMap<>();

	private final TestServer server = TestServer
		.start((routes) -> routes.get("/moved", (request, response) -> response.sendRedirect("/alice"))
			.get("/{name}", (request, response) -> response.sendString(Mono.just("hello"))));

	// One connection, so that a task waits until another has done with it
	private final LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector.resource(
			(pool) -> pool.maxConnections(1),
			(client, onLoop) -> new ReactorClientHttpConnector(onLoop.apply(client.followRedirect(true)
				.doOnRequest((request, connection) -> this.seenByHook.put(request.uri(), user())))));

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of(this.resource),
			new LoopContext(() -> LoopContext.snapshotFactory(List.of(new UserAccessor()), List.of()), List.of()));

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	private final WebClient client = WebClient.builder()
		.baseUrl(this.server.url(""))
		.clientConnector(new LoopClientHttpConnector(this.resource))
		.build();

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void stop() {
		USER.remove();
		this.loopThread.stop();
		this.server.close();
	}

	@Test
	void valuesAreSetOnceToStartAndOnceForReadOfResponse() {
		USER.set("alice");
		this.loop.execute(get("/warm-up"));
		this.set.set(0);
		this.loop
			.execute(get("/measured").map((body) -> user()).doOnNext((user) -> assertThat(user).isEqualTo("alice")));
		assertThat(this.set).hasValue(2);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/alice", "/moved" })
	void nextExchangeOnConnectionIsNotBegunWithValuesOfTheOneBefore(String path) throws Exception {
		CompletableFuture<?> alice;
		CompletableFuture<?> bob;
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			USER.set("alice");
			alice = this.loop.submit(get(path));
			USER.set("bob");
			bob = this.loop.submit(get("/bob"));
		}
		alice.get(20, TimeUnit.SECONDS);
		bob.get(20, TimeUnit.SECONDS);
		assertThat(this.seenByHook.get("/bob")).isNotEqualTo("alice");
	}

	@Test
	void nothingIsLeftAfterBodyThatIsNotReadToItsEnd() throws Exception {
		USER.set("alice");
		Flux<String> body = this.client.get().uri("/cancelled").retrieve().bodyToFlux(String.class);
		this.loop.execute(body.next());
		this.loop.execute(this.client.get().uri("/ignored").retrieve().toBodilessEntity());
		assertThat(this.loopThread.eventLoopGroup().submit(ReadHandlerTests::user).get(20, TimeUnit.SECONDS))
			.isEqualTo("none");
	}

	@Test
	void operatorThatEndsItsUploadKeepsValuesForTheRestOfTheSignal() throws Exception {
		USER.set("alice");
		Sinks.Many<String> upload = Sinks.many().unicast().onBackpressureBuffer();
		upload.tryEmitNext("first");
		try (RawServer server = RawServer.start((connection) -> {
			connection.readHead();
			connection.write("HTTP/1.1 200 OK\nContent-Length: 100\n\nhello").stall();
		})) {
			CompletableFuture<String> seen = new CompletableFuture<>();
			Mono<Void> body = this.client.post()
				.uri(server.url("/upload"))
				.body(upload.asFlux(), String.class)
				.retrieve()
				.bodyToFlux(DataBuffer.class)
				.doOnNext((chunk) -> {
					DataBufferUtils.release(chunk);
					upload.tryEmitError(new IllegalStateException("of the upload"));
					seen.complete(user());
				})
				.then();
			assertThatExceptionOfType(WebClientResponseException.class).isThrownBy(() -> this.loop.execute(body))
				.withRootCauseInstanceOf(IllegalStateException.class);
			// Its caller may be told before the operator goes on
			assertThat(seen.get(20, TimeUnit.SECONDS)).isEqualTo("alice");
		}
		assertThat(this.loopThread.eventLoopGroup().submit(ReadHandlerTests::user).get(20, TimeUnit.SECONDS))
			.isEqualTo("none");
	}

	private Mono<String> get(String path) {
		return this.client.get().uri(path).retrieve().bodyToMono(String.class);
	}

	private static String user() {
		String user = USER.get();
		return (user != null) ? user : "none";
	}

	private final class UserAccessor implements ThreadLocalAccessor<String> {

		@Override
		public Object key() {
			return "user";
		}

		@Override
		public @Nullable String getValue() {
			return USER.get();
		}

		@Override
		public void setValue(String value) {
			ReadHandlerTests.this.set.incrementAndGet();
			USER.set(value);
		}

		@Override
		public void setValue() {
			USER.remove();
		}

	}

}
