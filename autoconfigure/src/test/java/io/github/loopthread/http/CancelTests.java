package io.github.loopthread.http;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.http.client.reactive.ClientHttpResponseDecorator;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopFreezer;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.RawServer;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Whoever cancels an exchange, on whatever thread: the network hears of it on the loop.
 */
@Timeout(60)
class CancelTests {

	// By the exchange, and by the body of its response
	private final Queue<String> cancelledOn = new ConcurrentLinkedQueue<>();

	private final CountDownLatch reading = new CountDownLatch(1);

	private final TestServer server = TestServer.start((routes) -> routes
		.get("/hello", (request, response) -> response.sendString(Mono.just("hello")))
		.get("/no-response", (request, response) -> response.sendString(Mono.never()))
		.get("/half-a-body", (request, response) -> response.sendString(Flux.concat(Mono.just("half"), Mono.never()))));

	// Called by the loop before it passes a response on
	private Runnable onResponse = () -> {
	};

	// Whether the network tells nobody that a connection has ended
	private boolean silent;

	private final LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector.resource((pool) -> {
	}, (client, onLoop) -> new RecordingConnector(new ReactorClientHttpConnector(onLoop.apply(client))));

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of(this.resource));

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	private final WebClient client = WebClient.builder()
		.clientConnector(new LoopClientHttpConnector(this.resource))
		.build();

	@AfterEach
	void close() {
		this.loopThread.stop();
		this.server.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/no-response", "/half-a-body" })
	void operatorCancelsOnLoop(String path) {
		Sinks.Empty<Void> timeout = Sinks.empty();
		CompletableFuture<String> task = this.loop.submit(call(path).timeout(timeout.asMono()));
		awaitExchange(path);
		timeout.tryEmitEmpty();
		assertThat(task).failsWithin(Duration.ofSeconds(20))
			.withThrowableOfType(ExecutionException.class)
			.withCauseInstanceOf(TimeoutException.class);
		await().until(() -> this.server.openConnections() == 0);
		assertThat(this.cancelledOn).containsOnly("loop-1");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/no-response", "/half-a-body" })
	void callerWithoutTaskCancelsOnLoop(String path) {
		this.loopThread.start();
		Disposable call = call(path).subscribe();
		awaitExchange(path);
		call.dispose();
		await().until(() -> this.server.openConnections() == 0);
		assertThat(this.cancelledOn).containsOnly("loop-1");
	}

	@Test
	void nothingIsPassedOnOnceItHasBeenCancelled() throws Exception {
		List<Integer> passed = new CopyOnWriteArrayList<>();
		CountDownLatch arrived = new CountDownLatch(1);
		CountDownLatch cancelled = new CountDownLatch(1);
		this.loopThread.start();
		try (RawServer server = RawServer.start(CancelTests::sendPartsAtOnce)) {
			Disposable call = this.client.get()
				.uri(server.url("/"))
				.retrieve()
				.bodyToFlux(DataBuffer.class)
				.subscribe((buffer) -> {
					passed.add(buffer.readableByteCount());
					DataBufferUtils.release(buffer);
					arrived.countDown();
					awaitUnchecked(cancelled);
				});
			awaitUnchecked(arrived);
			call.dispose();
			cancelled.countDown();
			await().until(() -> server.openConnections() == 0);
		}
		assertThat(passed).containsExactly(1);
		assertThat(this.cancelledOn).containsOnly("loop-1");
	}

	@Test
	void responseThatNobodyWaitsForAnyMoreGivesItsConnectionBack() {
		LoopClientHttpConnector connector = new LoopClientHttpConnector(this.resource);
		AtomicReference<CompletableFuture<?>> task = new AtomicReference<>();
		this.loopThread.start();
		try (LoopFreezer frozen = LoopFreezer.freeze(this.loopThread)) {
			task.set(this.loop.submit(this.client.get()
				.uri(this.server.url("/hello"))
				.retrieve()
				.toEntityFlux(String.class)
				.doOnNext((response) -> task.get().cancel(true))));
			assertThat(frozen).isNotNull();
		}
		await().untilAsserted(() -> {
			assertThat(connector.idleConnections()).isEqualTo(1);
			assertThat(connector.activeConnections()).isZero();
		});
		assertThat(task.get()).isCancelled();
		assertThat(this.cancelledOn).containsOnly("loop-1");
	}

	@Test
	void responseThatComesWhenItHasBeenCancelledIsNotDrainedForEver() {
		CountDownLatch arrived = new CountDownLatch(1);
		CountDownLatch cancelled = new CountDownLatch(1);
		this.onResponse = () -> {
			arrived.countDown();
			awaitUnchecked(cancelled);
		};
		Sinks.Empty<Void> timeout = Sinks.empty();
		CompletableFuture<String> task = this.loop.submit(call("/half-a-body").timeout(timeout.asMono()));
		awaitUnchecked(arrived);
		timeout.tryEmitEmpty();
		cancelled.countDown();
		await().until(() -> this.server.openConnections() == 0);
		assertThat(task).isCompletedExceptionally();
	}

	@Test
	void isNotWaitedForOnceItHasBeenCancelledThoughLoopIsHeld() {
		Sinks.Empty<Void> timeout = Sinks.empty();
		CompletableFuture<String> task = this.loop
			.submit(call("/no-response").timeout(timeout.asMono()).onErrorResume((ex) -> Mono.never()));
		await().until(() -> this.server.openConnections() == 1);
		assertThat(operations()).singleElement().asString().contains("/no-response");
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			timeout.tryEmitEmpty();
			assertThat(operations()).isEmpty();
		}
		task.cancel(true);
	}

	@Test
	void cancelReachesNetworkAlsoWhenLoopHasEnded() {
		this.silent = true;
		this.loopThread.start();
		Disposable call = call("/half-a-body").subscribe();
		awaitUnchecked(this.reading);
		this.loopThread.stop();
		assertThat(this.cancelledOn).isEmpty();
		call.dispose();
		assertThat(this.cancelledOn).containsOnly(Thread.currentThread().getName());
	}

	private Mono<String> call(String path) {
		return this.client.get().uri(this.server.url(path)).retrieve().bodyToMono(String.class);
	}

	private void awaitExchange(String path) {
		await().until(() -> this.server.openConnections() == 1);
		if (path.equals("/half-a-body")) {
			awaitUnchecked(this.reading);
		}
	}

	private List<String> operations() {
		return this.loopThread.tasks().get(0).waitsFor();
	}

	private static void sendPartsAtOnce(RawServer.Connection connection) throws IOException {
		connection.readRequest();
		connection.write("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1\n1\n2\n22\n3\n333\n").stall();
	}

	private static void awaitUnchecked(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void cancelled() {
		this.cancelledOn.add(Thread.currentThread().getName());
	}

	private final class RecordingConnector implements ClientHttpConnector {

		private final ClientHttpConnector connector;

		RecordingConnector(ClientHttpConnector connector) {
			this.connector = connector;
		}

		@Override
		public Mono<ClientHttpResponse> connect(HttpMethod method, URI uri,
				Function<? super ClientHttpRequest, Mono<Void>> callback) {
			return this.connector.connect(method, uri, callback)
				.doOnCancel(CancelTests.this::cancelled)
				.doOnNext((response) -> CancelTests.this.onResponse.run())
				.map(RecordingResponse::new);
		}

	}

	private final class RecordingResponse extends ClientHttpResponseDecorator {

		RecordingResponse(ClientHttpResponse response) {
			super(response);
		}

		@Override
		public Flux<DataBuffer> getBody() {
			Flux<DataBuffer> body = super.getBody();
			return (CancelTests.this.silent ? body.onErrorResume((ex) -> Flux.never()) : body)
				.doOnSubscribe((subscription) -> CancelTests.this.reading.countDown())
				.doOnCancel(CancelTests.this::cancelled);
		}

	}

}
