package io.github.loopthread.clients;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.util.ReflectionTestUtils;

import io.github.loopthread.CallerValues;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.RawServer;
import io.github.loopthread.TestServer;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * The JDK's client in tasks, as {@code docs/clients.md} shows it. On Java 17 it keeps its
 * selector until it is garbage.
 */
@Tag(NothingLeftExtension.OTHER_CLIENTS)
class JdkHttpClientTests {

	private final Semaphore answers = new Semaphore(0);

	private final TestServer server = TestServer
		.start((routes) -> routes.get("/prices/7", (request, response) -> response.sendString(Mono.just("42")))
			.get("/never", (request, response) -> response.sendString(Mono.never())));

	private final ExecutorService clientThread = Executors.newSingleThreadExecutor((task) -> {
		Thread thread = new Thread(task, "jdk-client");
		thread.setDaemon(true);
		this.clientThreads.add(thread);
		return thread;
	});

	private final Queue<Thread> clientThreads = new ConcurrentLinkedQueue<>();

	private final HttpClient client = HttpClient.newBuilder().executor(this.clientThread).build();

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ZERO),
			List.of(), CallerValues.loopContext());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	private final Queue<String> threads = new ConcurrentLinkedQueue<>();

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void stop() {
		this.loopThread.stop();
		this.server.close();
		this.clientThread.shutdownNow();
	}

	@Test
	void returnsResponse() {
		HttpRequest request = request(this.server.url("/prices/7"));
		HttpResponse<String> response = this.loop
			.execute(() -> this.client.sendAsync(request, BodyHandlers.ofString()));
		assertThat(response.body()).isEqualTo("42");
	}

	@Test
	void publishOnBringsBackLoopAndContext() {
		HttpRequest request = request(this.server.url("/prices/7"));
		try (CallerValues values = CallerValues.set("alice")) {
			Mono<Price> price = Mono.fromFuture(() -> this.client.sendAsync(request, BodyHandlers.ofString()))
				.publishOn(this.loopThread.scheduler())
				.map((response) -> price(response.body()));
			assertThat(this.loop.execute(price)).isEqualTo(new Price("42", "alice"));
		}
		assertThat(this.threads).containsExactly("loop-1");
	}

	@Test
	void functionsBehindStageRunOnThreadsOfTheJdkWithoutContext() throws Exception {
		try (RawServer patient = RawServer.start(this::answerWhenAllowed)) {
			HttpRequest request = request(patient.url("/"));
			CompletableFuture<Price> price;
			try (CallerValues values = CallerValues.set("alice")) {
				price = this.loop.submit(() -> this.client.sendAsync(request, BodyHandlers.ofString())
					.thenApply((response) -> price(response.body())));
				// Only then nobody but the client can call the function
				this.loop.execute(Mono.just("the supplier has returned"));
			}
			this.answers.release();
			assertThat(price).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(new Price("42", "none"));
			assertThat(this.threads).hasSize(1).doesNotContain("loop-1", "jdk-client");
		}
	}

	@Test
	void bodyHandlersRunOnExecutorOfTheClient() {
		BodyHandler<String> handler = (head) -> {
			this.threads.add(Thread.currentThread().getName());
			return BodyHandlers.ofString().apply(head);
		};
		this.loop.execute(() -> this.client.sendAsync(request(this.server.url("/prices/7")), handler));
		assertThat(this.threads).containsExactly("jdk-client");
	}

	@Test
	void namesAreResolvedOnExecutorOfTheClient() {
		AtomicInteger host = new AtomicInteger();
		await().pollInSameThread().atMost(Duration.ofSeconds(20)).until(() -> {
			URI unknown = URI.create("http://host-%d.invalid/".formatted(host.incrementAndGet()));
			CompletableFuture<?> exchange = this.client.sendAsync(HttpRequest.newBuilder(unknown).build(),
					BodyHandlers.discarding());
			boolean resolving = false;
			while (!resolving && !exchange.isDone()) {
				resolving = this.clientThreads.stream().anyMatch(JdkHttpClientTests::isResolvingName);
			}
			return resolving;
		});
	}

	@Test
	void timeoutClosesConnectionOfExchange() throws Exception {
		warmUp();
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.loop.withTimeout(Duration.ofSeconds(1))
				.execute(() -> this.client.sendAsync(request(this.server.url("/never")), BodyHandlers.ofString())));
		assertThat(this.server.acceptedConnections()).isEqualTo(1);
		assertNoneIsOpen();
	}

	@Test
	void timeoutClosesConnectionOfExchangeBehindStageMadeFromIt() throws Exception {
		warmUp();
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.loop.withTimeout(Duration.ofSeconds(1))
				.execute(() -> this.client.sendAsync(request(this.server.url("/never")), BodyHandlers.ofString())
					.thenApply(HttpResponse::body)));
		assertThat(this.server.acceptedConnections()).isEqualTo(1);
		assertNoneIsOpen();
	}

	@Test
	void timeoutDoesNotReachSecondExchangeOfComposedStages() throws Exception {
		warmUp();
		Queue<CompletableFuture<HttpResponse<String>>> second = new ConcurrentLinkedQueue<>();
		try (RawServer patient = RawServer.start(this::answerWhenAllowed)) {
			HttpRequest request = request(patient.url("/"));
			this.answers.release();
			assertThatExceptionOfType(LoopTimeoutException.class)
				.isThrownBy(() -> this.loop.withTimeout(Duration.ofSeconds(1))
					.execute(() -> this.client.sendAsync(request, BodyHandlers.ofString()).thenCompose((first) -> {
						second.add(this.client.sendAsync(request, BodyHandlers.ofString()));
						return second.element();
					})));
			// It may have been sent again
			this.answers.release(10);
			assertThat(second.element()).succeedsWithin(Duration.ofSeconds(10));
		}
	}

	@Test
	void timeoutReachesSecondExchangeOfMonos() throws Exception {
		warmUp();
		HttpRequest first = request(this.server.url("/prices/7"));
		HttpRequest second = request(this.server.url("/never"));
		Mono<String> body = Mono.fromFuture(() -> this.client.sendAsync(first, BodyHandlers.ofString()))
			.flatMap((response) -> Mono.fromFuture(() -> this.client.sendAsync(second, BodyHandlers.ofString())))
			.map(HttpResponse::body);
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.loop.withTimeout(Duration.ofSeconds(1)).execute(body));
		assertNoneIsOpen();
	}

	@Test
	void stopOfLoopEndsExchangeAndClientWorksAfterRestart() {
		CompletableFuture<?> exchange = this.loop
			.submit(() -> this.client.sendAsync(request(this.server.url("/never")), BodyHandlers.ofString()));
		await().until(() -> this.server.openConnections() == 1);
		this.loopThread.stop();
		assertThat(exchange).failsWithin(Duration.ofSeconds(10)).withThrowableOfType(LoopStoppedException.class);
		assertNoneIsOpen();
		this.loopThread.start();
		returnsResponse();
	}

	@Test
	void applicationWithOpenExchangeCloses() {
		application().run((context) -> {
			CompletableFuture<?> exchange = context.getBean(LoopTemplate.class)
				.submit(() -> context.getBean(HttpClient.class)
					.sendAsync(request(this.server.url("/never")), BodyHandlers.ofString()));
			await().until(() -> this.server.openConnections() == 1);
			context.close();
			assertThat(exchange).failsWithin(Duration.ofSeconds(10));
			assertNoneIsOpen();
		});
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void applicationClosesClient() {
		application().run((context) -> {
			HttpClient client = context.getBean(HttpClient.class);
			context.close();
			assertThat(ReflectionTestUtils.<Boolean>invokeMethod(client, HttpClient.class, "isTerminated")).isTrue();
		});
	}

	private static ApplicationContextRunner application() {
		return new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class))
			.withUserConfiguration(ClientConfiguration.class)
			.withPropertyValues("loop.shutdown.drain-timeout=0s");
	}

	/**
	 * Make the first exchange, which takes a while, with a server that leaves no
	 * connection.
	 */
	private void warmUp() throws Exception {
		try (RawServer other = RawServer.start(this::answerWhenAllowed)) {
			HttpRequest request = request(other.url("/"));
			this.answers.release();
			assertThat(this.loop.execute(() -> this.client.sendAsync(request, BodyHandlers.ofString())).body())
				.isEqualTo("42");
		}
	}

	private void assertNoneIsOpen() {
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
	}

	private void answerWhenAllowed(RawServer.Connection connection) throws IOException {
		while (connection.readRequest()) {
			this.answers.acquireUninterruptibly();
			connection.write("HTTP/1.1 200 OK\ncontent-length: 2\n\n42");
		}
	}

	private static HttpRequest request(String url) {
		return HttpRequest.newBuilder(URI.create(url)).build();
	}

	private Price price(String body) {
		this.threads.add(Thread.currentThread().getName());
		return new Price(body, CallerValues.current());
	}

	private static boolean isResolvingName(Thread thread) {
		return Arrays.stream(thread.getStackTrace())
			.anyMatch((frame) -> frame.getClassName().equals("java.net.InetAddress"));
	}

	private record Price(String amount, String seen) {

	}

	@Configuration(proxyBeanMethods = false)
	static class ClientConfiguration {

		@Bean
		HttpClient httpClient() {
			return HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
		}

	}

}
