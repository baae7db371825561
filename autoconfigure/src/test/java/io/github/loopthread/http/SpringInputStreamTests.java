package io.github.loopthread.http;

import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopLease;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.PoolCensus;
import io.github.loopthread.RawServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What Spring's input stream does where it is subscribed to a body itself, and so has to
 * wait for the loop: why {@code docs/streams.md} has it read a stream of ours instead,
 * where it never waits. Each of these may end with a later version of Spring.
 */
@Timeout(60)
class SpringInputStreamTests {

	private final PoolCensus pool = new PoolCensus();

	private final LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector
		.resource(this.pool::count, (client, onLoop) -> new ReactorClientHttpConnector(onLoop.apply(client)));

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ZERO),
			List.of(this.resource));

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	private final WebClient client = WebClient.builder()
		.clientConnector(new LoopClientHttpConnector(this.resource))
		.build();

	private final CompletableFuture<Integer> read = new CompletableFuture<>();

	private RawServer server;

	@BeforeEach
	void start() throws Exception {
		this.loopThread.start();
		this.server = RawServer.start((connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 200 OK\nContent-Length: 100\n\nhalf of it").stall();
		});
	}

	@AfterEach
	void stop() throws Exception {
		this.loopThread.stop();
		await().until(() -> this.server.openConnections() == 0);
		this.server.close();
	}

	@Test
	void waitsOnAfterInterrupt() throws Exception {
		InputStream in = DataBufferUtils.subscriberInputStream(body(), 4);
		Thread reader = read(in);
		reader.interrupt();
		await().until(() -> reader.getState() == Thread.State.RUNNABLE);
		await().during(Duration.ofMillis(200))
			.until(() -> reader.getState() == Thread.State.RUNNABLE && !this.read.isDone());
		in.close();
		assertThat(this.read.get(10, TimeUnit.SECONDS)).isNotNegative();
		reader.join();
	}

	@Test
	void stopOfLoopThatReleasesItLooksLikeTheEndOfTheBody() throws Exception {
		LoopLease<InputStream> lease = this.loop
			.open(Mono.fromSupplier(() -> DataBufferUtils.subscriberInputStream(body(), 4)), this::close);
		Thread reader = read(lease.get());
		this.loopThread.stop();
		try {
			assertThat(this.read.get(10, TimeUnit.SECONDS)).isLessThan(100);
		}
		catch (ExecutionException ex) {
			// Or, if the reader is late, it cancels what a loop that has ended cannot
			assertThat(ex).hasCauseInstanceOf(RejectedExecutionException.class);
		}
		reader.join();
	}

	private Thread read(InputStream in) {
		Thread reader = new Thread(() -> {
			try {
				this.read.complete(in.readAllBytes().length);
			}
			catch (Throwable ex) {
				this.read.completeExceptionally(ex);
			}
		});
		reader.start();
		await().until(() -> reader.getState() == Thread.State.WAITING);
		return reader;
	}

	private Flux<DataBuffer> body() {
		return this.client.get().uri(this.server.url("/")).retrieve().bodyToFlux(DataBuffer.class);
	}

	private Mono<Void> close(InputStream in) {
		return Mono.fromCallable(() -> {
			in.close();
			return null;
		});
	}

}
