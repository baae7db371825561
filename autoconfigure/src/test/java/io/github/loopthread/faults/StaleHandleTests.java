package io.github.loopthread.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.PoolCensus;
import io.github.loopthread.RawServer;
import io.github.loopthread.http.LoopClientHttpConnector;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What somebody has kept of an exchange that has ended cannot harm the next one on the
 * same connection.
 */
@Timeout(60)
class StaleHandleTests {

	private static final int EXCHANGES = 200;

	private final Semaphore arrived = new Semaphore(0);

	private final Semaphore answer = new Semaphore(0);

	private final PoolCensus pool = new PoolCensus();

	private final LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector.resource((pool) -> {
		pool.maxConnections(1);
		this.pool.count(pool);
	}, (client, onLoop) -> new ReactorClientHttpConnector(onLoop.apply(client)));

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of(this.resource));

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	private final WebClient client = WebClient.builder()
		.clientConnector(new LoopClientHttpConnector(this.resource))
		.build();

	private final Queue<Object> requests = new ConcurrentLinkedQueue<>();

	private final Queue<ClientResponse> responses = new ConcurrentLinkedQueue<>();

	private RawServer server;

	@BeforeEach
	void start() throws IOException {
		this.server = RawServer.start((connection) -> {
			for (String head = connection.readHead(); head != null; head = connection.readHead()) {
				this.arrived.release();
				this.answer.acquireUninterruptibly();
				String path = head.substring("GET /".length(), head.indexOf(" HTTP"));
				connection.write("HTTP/1.1 200 OK\nContent-Length: %d\n\n%s".formatted(path.length(), path));
			}
		});
		this.loopThread.start();
	}

	@AfterEach
	void stop() throws Exception {
		this.loopThread.stop();
		this.server.close();
	}

	@Test
	@DisplayName("B8 stale dispose")
	void disposingOfExchangeThatHasEndedLeavesTheNextAlone() throws Exception {
		CompletableFuture<String> previous = exchange("first");
		this.answer.release();
		assertThat(previous).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("first");
		for (int i = 0; i < EXCHANGES; i++) {
			CompletableFuture<String> next = exchange("exchange-" + i);
			previous.cancel(true);
			((Disposable) this.requests.remove()).dispose();
			this.responses.remove().releaseBody().onErrorComplete().subscribe();
			// Whatever these have put on the loop is done when it answers
			this.loop.execute(Mono.empty());
			this.answer.release();
			assertThat(next).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("exchange-" + i);
			previous = next;
		}
		assertThat(this.server.acceptedConnections()).isOne();
	}

	/**
	 * Begin an exchange and return when the server has its request. What there is to keep
	 * of it is kept.
	 */
	private CompletableFuture<String> exchange(String path) throws InterruptedException {
		CompletableFuture<String> exchange = this.loop.submit(this.client.get()
			.uri(this.server.url("/" + path))
			.httpRequest((request) -> this.requests.add(request.getNativeRequest()))
			.exchangeToMono((response) -> {
				this.responses.add(response);
				return response.bodyToMono(String.class);
			}));
		assertThat(this.arrived.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
		return exchange;
	}

}
