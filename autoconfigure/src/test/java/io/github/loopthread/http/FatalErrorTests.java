package io.github.loopthread.http;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ResolvableType;
import org.springframework.core.codec.AbstractDataBufferDecoder;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.util.MimeType;
import org.springframework.util.MimeTypeUtils;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Errors that Reactor throws instead of signalling them. Their caller learns at once, not
 * at its deadline, and the loop survives.
 */
class FatalErrorTests {

	private final TestServer server = TestServer
		.start((routes) -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("hello")))
			.get("/broken", (request, response) -> response.status(500).send())
			.post("/echo", (request, response) -> response.send(request.receive().retain())));

	private final LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector.resource((pool) -> {
	}, (client, onLoop) -> new ReactorClientHttpConnector(onLoop.apply(client)));

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of(this.resource));

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	private final WebClient client = WebClient.builder()
		.baseUrl(this.server.url(""))
		.clientConnector(new LoopClientHttpConnector(this.resource))
		.build();

	@AfterEach
	void loopSurvives() {
		assertThat(this.loop.execute(Path.get(this.client, "/hello"))).isEqualTo("hello");
		this.loopThread.stop();
		this.server.close();
	}

	@ParameterizedTest
	@MethodSource("errors")
	void failsCallerAtOnceOnEveryPath(Error error) {
		for (Path path : Path.values()) {
			assertThatExceptionOfType(error.getClass()).as(path.name())
				.isThrownBy(() -> this.loop.withoutTimeout().execute(path.task.apply(this.client, error)))
				.isSameAs(error);
		}
	}

	@Test
	void failsCallerAtOnceWhenSupplierThrows() {
		for (Error error : errors().toList()) {
			Supplier<CompletableFuture<String>> supplier = () -> Path.fail(error);
			assertThatExceptionOfType(error.getClass()).isThrownBy(() -> this.loop.withoutTimeout().execute(supplier))
				.isSameAs(error);
		}
	}

	@Test
	void failsCallerAtOnceWhenStageOfSupplierThrowsBehindResponse() {
		for (Error error : errors().toList()) {
			assertThatExceptionOfType(error.getClass())
				.isThrownBy(() -> this.loop.withoutTimeout()
					.execute(() -> Path.get(this.client, "/hello").map((body) -> Path.<String>fail(error)).toFuture()))
				.isSameAs(error);
		}
	}

	@Test
	void failsCallerAtOnceOnConnectionThatIsNew() {
		Error error = new NoClassDefFoundError("missing");
		for (Path path : List.of(Path.REQUEST_CALLBACK, Path.REQUEST_BODY, Path.REQUEST_BODY_SUBSCRIPTION)) {
			this.loopThread.stop();
			this.loopThread.start();
			assertThatExceptionOfType(error.getClass()).as(path.name())
				.isThrownBy(() -> this.loop.withoutTimeout().execute(path.task.apply(this.client, error)))
				.isSameAs(error);
		}
	}

	@Test
	void behindTimerDeadlineIsTheBackstop() {
		Mono<Long> task = Mono.delay(Duration.ofMillis(1), this.loopThread.scheduler())
			.map((tick) -> Path.fail(new NoClassDefFoundError("missing")));
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.loop.withTimeout(Duration.ofMillis(200)).execute(task));
	}

	/**
	 * Prints how long the caller waits, beside {@code Mono.block} with a client of
	 * Reactor Netty's own and a timeout of one second.
	 */
	@ParameterizedTest
	@EnumSource
	@Tag(NothingLeftExtension.OTHER_CLIENTS)
	void printHowLongCallerWaits(Path path) {
		Error error = new NoClassDefFoundError("missing");
		WebClient other = WebClient.builder().baseUrl(this.server.url("")).build();
		Duration timeout = Duration.ofSeconds(1);
		assertThat(this.loop.execute(Path.get(this.client, "/hello"))).isEqualTo("hello");
		assertThat(Path.get(other, "/hello").block(Duration.ofSeconds(20))).isEqualTo("hello");
		LoopTemplate loop = this.loop.withTimeout(timeout);
		System.out.printf("fatal error thrown %s: execute %s, block %s%n", path.description,
				outcome(() -> loop.execute(path.task.apply(this.client, error))),
				outcome(() -> path.task.apply(other, error).block(timeout)));
	}

	static Stream<Error> errors() {
		return Stream.of(new StackOverflowError("deep"), new NoClassDefFoundError("missing"),
				new OutOfMemoryError("full"), new ThreadDeath());
	}

	private static String outcome(Runnable call) {
		long start = System.nanoTime();
		try {
			call.run();
			return "returned";
		}
		catch (Throwable ex) {
			return "%.1f ms (%s)".formatted((System.nanoTime() - start) / 1_000_000.0, ex.getClass().getSimpleName());
		}
	}

	private enum Path {

		ASSEMBLY("while the source is assembled", (client, error) -> Mono.defer(() -> fail(error))),

		SUBSCRIPTION("while the source is subscribed", (client, error) -> Mono.fromDirect((subscriber) -> fail(error))),

		MAP("by map behind a response", (client, error) -> get(client, "/hello").map((body) -> fail(error))),

		FLAT_MAP("by flatMap behind a response",
				(client, error) -> get(client, "/hello").flatMap((body) -> fail(error))),

		SECOND_CALL("behind a second call",
				(client, error) -> get(client, "/hello").flatMap((body) -> get(client, "/hello"))
					.doOnNext((body) -> fail(error))),

		STREAM("behind an element of a body",
				(client, error) -> client.post()
					.uri("/echo")
					.body(Flux.just("a", "b"), String.class)
					.retrieve()
					.bodyToFlux(String.class)
					.doOnNext((element) -> fail(error))
					.then(Mono.empty())),

		COMPLETION("behind the end of a body",
				(client, error) -> get(client, "/hello").doOnSuccess((body) -> fail(error))),

		ERROR_OPERATOR("by an operator behind an error",
				(client, error) -> get(client, "/broken").onErrorMap((ex) -> fail(error))),

		RESPONSE("behind the head of a response",
				(client, error) -> client.get().uri("/hello").exchangeToMono((response) -> fail(error))),

		FILTER("by a filter of the client", (client, error) -> get(
				client.mutate().filter(ExchangeFilterFunction.ofResponseProcessor((response) -> fail(error))).build(),
				"/hello")),

		CODEC("by a codec",
				(client, error) -> get(
						client.mutate().codecs((codecs) -> codecs.customCodecs().register(new Decoder(error))).build(),
						"/hello")),

		REQUEST_CALLBACK("while the request is written",
				(client, error) -> client.post()
					.uri("/echo")
					.httpRequest((request) -> fail(error))
					.retrieve()
					.bodyToMono(String.class)),

		REQUEST_BODY("while the request's body is produced",
				(client, error) -> client.post()
					.uri("/echo")
					.body(Flux.just("a", "b").map((element) -> fail(error)), String.class)
					.retrieve()
					.bodyToMono(String.class)),

		REQUEST_BODY_SUBSCRIPTION("while the request's body is subscribed",
				(client, error) -> client.post()
					.uri("/echo")
					.body(Flux.<String>from((subscriber) -> fail(error)), String.class)
					.retrieve()
					.bodyToMono(String.class));

		private final String description;

		private final Task task;

		Path(String description, Task task) {
			this.description = description;
			this.task = task;
		}

		static Mono<String> get(WebClient client, String path) {
			return client.get().uri(path).retrieve().bodyToMono(String.class);
		}

		static <T> T fail(Error error) {
			throw error;
		}

	}

	/**
	 * Throws instead of decoding a body.
	 */
	private static final class Decoder extends AbstractDataBufferDecoder<String> {

		private final Error error;

		Decoder(Error error) {
			super(MimeTypeUtils.ALL);
			this.error = error;
		}

		@Override
		public boolean canDecode(ResolvableType type, @Nullable MimeType mimeType) {
			return type.resolve() == String.class;
		}

		@Override
		public String decode(DataBuffer buffer, ResolvableType type, @Nullable MimeType mimeType,
				@Nullable Map<String, Object> hints) {
			DataBufferUtils.release(buffer);
			throw this.error;
		}

	}

	private interface Task {

		Mono<String> apply(WebClient client, Error error);

	}

}
