package io.github.loopthread.examples;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.netty.ByteBufFlux;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopThread;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Controllers that pass on what an upstream sends, element by element, in a real servlet
 * container: the code of {@code docs/streams.md}.
 */
@Timeout(60)
@Tag("once")
@Tag(NothingLeftExtension.OTHER_CLIENTS)
class StreamControllerExampleTests {

	private static final String PADDING = "x".repeat(10_000);

	// By the arguments of their start, which takes longer than a test. Loop and upstream
	// are new for each test
	private static final Map<List<String>, ConfigurableApplicationContext> APPLICATIONS = new HashMap<>();

	private static final String[] WITH_TIMEOUT_OF_TASKS_ONLY = { "--spring.mvc.async.request-timeout=-1",
			"--loop.timeout=3s" };

	private final Sinks.Many<String> texts = Sinks.many().unicast().onBackpressureBuffer();

	private Flux<String> source = this.texts.asFlux();

	private final TestServer upstream = TestServer.start((routes) -> routes
		.get("/quotes",
				(request, response) -> response.header("Content-Type", "application/x-ndjson")
					.send(lines("{\"text\":\"%s\"}\n"), (line) -> true))
		.get("/prices", (request, response) -> response.header("Content-Type", "text/event-stream")
			.send(lines("id:7\nevent:price\ndata:two lines\ndata:%s\n\n"), (line) -> true)));

	private ConfigurableApplicationContext application;

	@AfterEach
	void stopLoop() {
		if (this.application.isActive()) {
			this.application.getBean(LoopThread.class).stop();
			awaitNothingRuns();
		}
		await().untilAsserted(() -> assertThat(this.upstream.openConnections()).isZero());
		this.upstream.close();
	}

	@BeforeAll
	static void leaveThreadsOfApplicationsAlone() {
		// What completeWithError throws when the request is gone, as after a stop, is for
		// the pool's thread to print
		Awaitility.doNotCatchUncaughtExceptionsByDefault();
	}

	@AfterAll
	static void close() {
		Awaitility.catchUncaughtExceptionsByDefault();
		APPLICATIONS.values().forEach(ConfigurableApplicationContext::close);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/quotes", "/prices" })
	void clientHasElementWhileUpstreamHasNotSentTheNext(String path) throws Exception {
		start();
		try (Client client = get(path)) {
			this.texts.tryEmitNext("first");
			client.readUntil("first");
			this.texts.tryEmitNext("second");
			client.readUntil("second");
			this.texts.tryEmitComplete();
			client.readToEnd();
		}
		awaitNothingRuns();
	}

	@Test
	void eventIsPassedOnAsItIs() throws Exception {
		start();
		try (Client client = get("/prices")) {
			this.texts.tryEmitNext("first");
			assertThat(client.readUntil("first\n\n")).contains("Content-Type: text/event-stream")
				.endsWith("id:7\nevent:price\ndata:two lines\ndata:first\n\n");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "/quotes", "/prices" })
	void failureOfUpstreamInTheMiddleIsNoEnd(String path) throws Exception {
		start();
		try (Client client = get(path)) {
			this.texts.tryEmitNext("first");
			client.readUntil("first");
			this.texts.tryEmitError(new IOException("upstream fails"));
			assertThatExceptionOfType(EOFException.class).isThrownBy(client::readToEnd);
		}
		awaitNothingRuns();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/quotes", "/prices" })
	void failureBeforeTheFirstElementHasItsStatus(String path) throws Exception {
		start("--loop.timeout=300ms");
		try (Client client = get(path)) {
			assertThat(client.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 504");
		}
		awaitNothingRuns();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/quotes", "/prices" })
	void disconnectOfClientCancelsUpstreamWithOneOfTheNextElements(String path) throws Exception {
		start();
		try (Client client = get(path)) {
			this.texts.tryEmitNext("first");
			client.readUntil("first");
		}
		await().until(() -> {
			this.texts.tryEmitNext("next");
			return this.upstream.openConnections() == 0;
		});
		awaitNothingRuns();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/quotes", "/prices" })
	void disconnectOfClientWhileUpstreamIsSilentEndsWithTheTimeout(String path) throws Exception {
		start(WITH_TIMEOUT_OF_TASKS_ONLY);
		try (Client client = get(path)) {
			this.texts.tryEmitNext("first");
			client.readUntil("first");
		}
		await().until(() -> this.upstream.openConnections() == 0);
		awaitNothingRuns();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/quotes", "/prices" })
	void clientThatDoesNotReadHoldsUpstreamBack(String path) throws Exception {
		AtomicLong sent = new AtomicLong();
		this.source = Flux.generate((sink) -> sink.next(PADDING + sent.incrementAndGet() + "."));
		start();
		try (Client client = get(path)) {
			client.readUntil("x1.");
			AtomicLong before = new AtomicLong(-1);
			await().during(Duration.ofMillis(500)).until(() -> before.getAndSet(sent.get()) == sent.get());
			// What the buffers of four sockets hold
			assertThat(sent).hasValueLessThan(3000);
			client.readUntil("x" + (sent.get() + 1) + ".");
		}
		awaitNothingRuns();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/quotes", "/prices" })
	void timeoutOfAsyncRequestLooksLikeTheEnd(String path) throws Exception {
		this.source = Flux.interval(Duration.ofMillis(20)).map(String::valueOf).onBackpressureDrop();
		start("--spring.mvc.async.request-timeout=2s");
		try (Client client = get(path)) {
			client.readToEnd();
		}
		await().until(() -> this.upstream.openConnections() == 0);
		awaitNothingRuns();
	}

	@Test
	void asyncRequestEndsAfterHalfAMinute() throws Exception {
		start();
		assertThat(timeoutOfAsyncRequest()).hasSeconds(30);
	}

	@Test
	void asyncRequestHasNoEndWhereThatIsSwitchedOff() throws Exception {
		start(WITH_TIMEOUT_OF_TASKS_ONLY);
		assertThat(timeoutOfAsyncRequest()).isNegative();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/quotes", "/prices" })
	void clientThatNeverReadsEndsWithTheTimeoutOfTomcat(String path) throws Exception {
		this.source = Flux.just(PADDING).repeat();
		start("--server.tomcat.connection-timeout=1s");
		try (Client client = get(path)) {
			client.readUntil("x");
			await().until(() -> this.upstream.openConnections() == 0);
		}
		awaitNothingRuns();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/quotes", "/prices" })
	void stopOfApplicationEndsResponseAndUpstream(String path) throws Exception {
		start("--spring.lifecycle.timeout-per-shutdown-phase=300ms", "--loop.shutdown.drain-timeout=200ms");
		try (Client client = get(path)) {
			this.texts.tryEmitNext("first");
			client.readUntil("first");
			this.application.close();
			Throwable end = catchThrowable(client::readToEnd);
			// Tomcat lets what waits time out as it stops, and seldom is in time to end
			// the
			// response. It tells nobody of that who has given up already
			assertThat(end == null || end instanceof EOFException).as("%s", end).isTrue();
		}
		await().until(() -> this.upstream.openConnections() == 0);
	}

	@Test
	void streamsBeyondThreadsOfExecutorWait() throws Exception {
		Sinks.Empty<String> end = Sinks.empty();
		this.source = Flux.just("first").concatWith(end.asMono());
		start("--spring.task.execution.pool.core-size=1");
		try (Client client = get("/quotes"); Client other = get("/quotes")) {
			await().until(() -> client.hasMore() || other.hasMore());
			await().during(Duration.ofMillis(300)).until(() -> !(client.hasMore() && other.hasMore()));
			end.tryEmitEmpty();
			client.readToEnd();
			other.readToEnd();
		}
	}

	@Test
	void flushOfTheBodyDoesNothing() throws Exception {
		start();
		try (Client client = get("/unflushed")) {
			this.texts.tryEmitNext("first");
			await().during(Duration.ofMillis(300)).until(() -> !client.hasMore());
			this.texts.tryEmitComplete();
			client.readUntil("first");
			client.readToEnd();
		}
	}

	@Test
	void threadOfSpringMvcHasNoValuesOfTheCaller() throws Exception {
		start();
		assertThat(userSeenBy("/quotes")).isEqualTo("nobody");
	}

	@Test
	@DisabledIf(value = "io.github.loopthread.BootVersion#is40",
			disabledReason = "Spring Boot 4.0 has no property for it")
	void threadOfSpringMvcHasValuesOfTheCallerWhereTheyArePropagated() throws Exception {
		ContextRegistry registry = ContextRegistry.getInstance()
			.registerThreadLocalAccessor(new Slf4jThreadLocalAccessor());
		try {
			start("--spring.task.execution.propagate-context=true");
			assertThat(userSeenBy("/quotes")).isEqualTo("ada");
			assertThat(userSeenBy("/prices")).isEqualTo("ada");
		}
		finally {
			registry.removeThreadLocalAccessor(Slf4jThreadLocalAccessor.KEY);
		}
	}

	@Test
	void returnedFluxHasNoValuesOfTheCaller() throws Exception {
		start();
		assertThat(userSeenBy("/returned")).isEqualTo("nobody");
	}

	@Test
	void streamOpenedInTheControllerHasValuesOfTheCaller() throws Exception {
		start();
		assertThat(userSeenBy("/opened")).isEqualTo("ada");
	}

	@Test
	void returnedFluxIsNoTaskAndHasNoTimeout() throws Exception {
		start("--loop.timeout=300ms");
		try (Client client = get("/returned")) {
			this.texts.tryEmitNext("first");
			client.readUntil("first");
			assertThat(this.application.getBean(LoopThread.class).activeTasks()).isZero();
		}
		await().during(Duration.ofMillis(500)).until(() -> this.upstream.openConnections() == 1);
		await().until(() -> {
			this.texts.tryEmitNext("next");
			return this.upstream.openConnections() == 0;
		});
	}

	private String userSeenBy(String path) throws IOException {
		this.source = Flux.just("first");
		try (Client client = get(path)) {
			client.readToEnd();
		}
		return String.valueOf(this.application.getBean(Users.class).seen.poll());
	}

	private Duration timeoutOfAsyncRequest() throws IOException {
		this.source = Flux.never();
		get("/quotes").close();
		Queue<Duration> timeouts = this.application.getBean(Users.class).asyncTimeouts;
		await().until(() -> !timeouts.isEmpty());
		return Objects.requireNonNull(timeouts.poll());
	}

	private ByteBufFlux lines(String format) {
		return ByteBufFlux.fromString(Flux.defer(() -> this.source).map(format::formatted));
	}

	private void awaitNothingRuns() {
		await().untilAsserted(() -> {
			assertThat(this.application.getBean(LoopThread.class).activeTasks()).isZero();
			AsyncTaskExecutor executor = this.application.getBean(AsyncTaskExecutor.class);
			assertThat(executor).extracting("activeCount").isEqualTo(0);
		});
	}

	private void start(String... arguments) {
		this.application = APPLICATIONS.compute(List.of(arguments),
				(key, running) -> (running != null && running.isActive()) ? running : run(arguments));
		this.application.getBean(LoopThread.class).start();
		this.application.getBean(Users.class).expect(this.upstream);
	}

	private static ConfigurableApplicationContext run(String... arguments) {
		SpringApplication spring = new SpringApplication(Application.class);
		spring.setDefaultProperties(
				Map.of("server.port", "0", "loop.web-client.base-url", "http://upstream", "loop.shutdown.drain-timeout",
						"0s", "spring.lifecycle.timeout-per-shutdown-phase", "300ms", "spring.main.banner-mode", "off",
						"spring.reactor.netty.shutdown-quiet-period", "0s", "logging.level.root", "warn"));
		return spring.run(arguments);
	}

	private Client get(String path) throws IOException {
		return new Client(((WebServerApplicationContext) this.application).getWebServer().getPort(), path);
	}

	/**
	 * Reads a response as it comes, and no sooner.
	 */
	private static final class Client implements AutoCloseable {

		private final Socket socket = new Socket();

		private final InputStream in;

		private final StringBuilder text = new StringBuilder();

		private int found;

		Client(int port, String path) throws IOException {
			this.socket.setReceiveBufferSize(64 * 1024);
			this.socket.setSoTimeout(20_000);
			this.socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
			this.in = new BufferedInputStream(this.socket.getInputStream());
			this.socket.getOutputStream()
				.write("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(path)
					.getBytes(StandardCharsets.US_ASCII));
		}

		/**
		 * Read up to a text that comes after the one that was read before.
		 */
		String readUntil(String expected) throws IOException {
			while (this.text.indexOf(expected, Math.max(this.found, this.text.length() - expected.length())) < 0) {
				int next = this.in.read();
				if (next < 0) {
					throw new EOFException();
				}
				this.text.append((char) next);
			}
			this.found = this.text.length();
			return this.text.toString();
		}

		/**
		 * Read to the chunk that says that the response is complete.
		 */
		void readToEnd() throws IOException {
			readUntil("\r\n0\r\n\r\n");
		}

		boolean hasMore() throws IOException {
			return this.in.available() > 0;
		}

		@Override
		public void close() throws IOException {
			this.socket.close();
		}

	}

	// Redis has threads and a timer for as long as its application lives
	@SpringBootConfiguration
	@EnableAutoConfiguration(exclude = DataRedisAutoConfiguration.class)
	@Import({ Users.class, QuoteController.class, PriceController.class, OtherController.class })
	static class Application {

	}

	/**
	 * Leads each test to its upstream, gives each request a user, and notes which one
	 * calls the upstream, and how long the request may take.
	 */
	static class Users extends OncePerRequestFilter implements WebClientCustomizer {

		private final Queue<String> seen = new ConcurrentLinkedQueue<>();

		private final Queue<Duration> asyncTimeouts = new ConcurrentLinkedQueue<>();

		// Set by the test, read by the loop
		private volatile TestServer upstream;

		void expect(TestServer upstream) {
			this.upstream = upstream;
			this.seen.clear();
			this.asyncTimeouts.clear();
		}

		@Override
		protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
				throws ServletException, IOException {
			try (MDC.MDCCloseable user = MDC.putCloseable("user", "ada")) {
				chain.doFilter(request, response);
				if (request.isAsyncStarted()) {
					this.asyncTimeouts.add(Duration.ofMillis(request.getAsyncContext().getTimeout()));
				}
			}
		}

		@Override
		public void customize(WebClient.Builder builder) {
			builder.filter((request, next) -> next.exchange(toUpstream(request))
				.doOnNext((response) -> this.seen.add(Objects.requireNonNullElse(MDC.get("user"), "nobody"))));
		}

		private ClientRequest toUpstream(ClientRequest request) {
			return ClientRequest.from(request).url(URI.create(this.upstream.url(request.url().getPath()))).build();
		}

	}

	record Quote(String text) {

	}

	@RestController
	static class QuoteController {

		private final LoopOperations loop;

		private final WebClient client;

		private final JsonMapper json;

		QuoteController(LoopOperations loop, WebClient client, JsonMapper json) {
			this.loop = loop;
			this.client = client;
			this.json = json;
		}

		@GetMapping("/quotes")
		ResponseEntity<StreamingResponseBody> quotes(HttpServletResponse response) {
			Flux<Quote> quotes = this.client.get().uri("/quotes").retrieve().bodyToFlux(Quote.class);
			return ResponseEntity.ok().contentType(MediaType.APPLICATION_NDJSON).body((out) -> {
				try (Stream<Quote> stream = this.loop.stream(quotes)) {
					for (Quote quote : (Iterable<Quote>) stream::iterator) {
						out.write(this.json.writeValueAsBytes(quote));
						out.write('\n');
						response.flushBuffer();
					}
				}
			});
		}

	}

	@RestController
	static class PriceController {

		private final LoopOperations loop;

		private final WebClient client;

		private final Executor executor;

		PriceController(LoopOperations loop, WebClient client,
				@Qualifier("applicationTaskExecutor") Executor executor) {
			this.loop = loop;
			this.client = client;
			this.executor = executor;
		}

		@GetMapping("/prices")
		SseEmitter prices() {
			Flux<ServerSentEvent<String>> prices = this.client.get()
				.uri("/prices")
				.retrieve()
				.bodyToFlux(new ParameterizedTypeReference<>() {
				});
			SseEmitter emitter = new SseEmitter();
			this.executor.execute(() -> send(prices, emitter));
			return emitter;
		}

		private void send(Flux<ServerSentEvent<String>> prices, SseEmitter emitter) {
			try (Stream<ServerSentEvent<String>> stream = this.loop.stream(prices)) {
				for (ServerSentEvent<String> price : (Iterable<ServerSentEvent<String>>) stream::iterator) {
					emitter.send(SseEmitter.event().id(price.id()).name(price.event()).data(price.data()));
				}
				emitter.complete();
			}
			catch (IOException ex) {
				// The client has gone, and the container ends the request
			}
			catch (Throwable ex) {
				emitter.completeWithError(ex);
			}
		}

	}

	/**
	 * What the others do not do, and why.
	 */
	@RestController
	static class OtherController {

		private final LoopOperations loop;

		private final WebClient client;

		OtherController(LoopOperations loop, WebClient client) {
			this.loop = loop;
			this.client = client;
		}

		@GetMapping("/unflushed")
		StreamingResponseBody unflushed() {
			return (out) -> {
				try (Stream<String> stream = this.loop.stream(quotes())) {
					for (String quote : (Iterable<String>) stream::iterator) {
						out.write(quote.getBytes(StandardCharsets.UTF_8));
						out.flush();
					}
				}
			};
		}

		@GetMapping("/opened")
		StreamingResponseBody opened() {
			Stream<String> opened = this.loop.stream(quotes());
			return (out) -> {
				try (Stream<String> stream = opened) {
					for (String quote : (Iterable<String>) stream::iterator) {
						out.write(quote.getBytes(StandardCharsets.UTF_8));
					}
				}
			};
		}

		@GetMapping("/returned")
		Flux<ServerSentEvent<String>> returned() {
			return this.client.get().uri("/prices").retrieve().bodyToFlux(new ParameterizedTypeReference<>() {
			});
		}

		private Flux<String> quotes() {
			return this.client.get().uri("/quotes").retrieve().bodyToFlux(String.class);
		}

	}

}
