package io.github.loopthread.examples;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import io.netty.handler.timeout.ReadTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.netty.http.client.HttpClientRequest;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import io.github.loopthread.CallerValues;
import io.github.loopthread.LoopInterruptedException;
import io.github.loopthread.LoopKiller;
import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.PoolCensus;
import io.github.loopthread.RawServer;
import io.github.loopthread.RawServer.Script;
import io.github.loopthread.Transport;
import io.github.loopthread.http.LoopClientHttpConnector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * A large body as an input stream: the code of {@code docs/streams.md}, in every way a
 * body can end.
 */
@Timeout(60)
class LargeBodyExampleTests {

	private static final String HEAD = "HTTP/1.1 200 OK\nContent-Type: text/csv\nTransfer-Encoding: chunked\n\n";

	private static final int MEGABYTE = 1024 * 1024;

	private final PoolCensus pool = new PoolCensus();

	private final LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector.resource(
			(pool) -> this.pool.count(pool.maxConnections(1)),
			(client, onLoop) -> new ReactorClientHttpConnector(onLoop.apply(client)));

	private final LoopThread loopThread = new LoopThread(
			LoopSettings.defaults().withTransport(Transport.NIO).withDrainTimeout(Duration.ZERO),
			List.of(this.resource), CallerValues.loopContext());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	private final WebClient client = WebClient.builder()
		.clientConnector(new LoopClientHttpConnector(this.resource))
		.build();

	private RawServer server;

	@AfterEach
	void close() throws Exception {
		this.loopThread.stop();
		await().until(() -> this.server.openConnections() == 0);
		this.server.close();
	}

	@Test
	void copiesBodyToItsEnd() throws Exception {
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + chunk("first ") + chunk("second") + "0\n\n").stall();
		});
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		exports(this.loop).copy(this.server.url("/"), out);
		assertThat(out).hasToString("first second");
	}

	@Test
	void pieceOfBodyIsSmallHoweverServerSendsIt() throws Exception {
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + chunk("x".repeat(MEGABYTE)) + "0\n\n").stall();
		});
		Flux<byte[]> body = this.client.get().uri(this.server.url("/")).retrieve().bodyToFlux(byte[].class);
		try (Stream<byte[]> chunks = this.loop.stream(body)) {
			assertThat(chunks).isNotEmpty().allMatch((chunk) -> chunk.length <= 8192);
		}
	}

	@Test
	void readsBodyToItsEnd() throws Exception {
		int chunks = 1000;
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD);
			for (int i = 0; i < chunks; i++) {
				connection.write(chunk("line %d of the export\n".formatted(i).repeat(1000)));
			}
			connection.write("0\n\n").stall();
		});
		assertThat(exports(this.loop).countLines(this.server.url("/"))).isEqualTo(1_000_000);
	}

	@Test
	void truncatedBodyIsNoEnd() throws Exception {
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + chunk("half of it"));
		});
		try (InputStream in = exports(this.loop).open(this.server.url("/"))) {
			assertThat(new String(in.readNBytes(10), StandardCharsets.US_ASCII)).isEqualTo("half of it");
			assertThatExceptionOfType(WebClientResponseException.class).isThrownBy(in::read);
			assertThat(in.read()).as("the failure is told once").isEqualTo(-1);
		}
	}

	@Test
	void serverThatStallsEndsWithTimeout() throws Exception {
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + chunk("a") + chunk("b")).stall();
		});
		try (InputStream in = exports(this.loop.withTimeout(Duration.ofSeconds(1))).open(this.server.url("/"))) {
			assertThat(in.readNBytes(2)).hasSize(2);
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(in::read);
		}
	}

	@Test
	void readsTwoChunksAheadOfItsReader() throws Exception {
		CountDownLatch reading = new CountDownLatch(1);
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + chunk("a") + chunk("b"));
			awaitLatch(reading);
			connection.write(chunk("c")).stall();
		});
		try (InputStream in = exports(this.loop).open(this.server.url("/"))) {
			CompletableFuture<Integer> first = CompletableFuture.supplyAsync(() -> {
				try {
					return in.read();
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
			});
			await().during(Duration.ofMillis(200)).until(() -> !first.isDone());
			reading.countDown();
			assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo('a');
		}
	}

	@Test
	void interruptEndsReader() throws Exception {
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + chunk("a")).stall();
		});
		CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
		Thread reader = new Thread(() -> {
			try (InputStream in = exports(this.loop).open(this.server.url("/"))) {
				in.readAllBytes();
			}
			catch (LoopInterruptedException ex) {
				interrupted.complete(Thread.currentThread().isInterrupted());
			}
			catch (Throwable ex) {
				interrupted.completeExceptionally(ex);
			}
		});
		reader.start();
		await().until(() -> reader.getState() == Thread.State.TIMED_WAITING);
		reader.interrupt();
		assertThat(interrupted.get(10, TimeUnit.SECONDS)).isTrue();
		reader.join();
	}

	@Test
	void stopOfLoopIsNoEnd() throws Exception {
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + chunk("a") + chunk("b") + chunk("c")).stall();
		});
		try (InputStream in = exports(this.loop).open(this.server.url("/"))) {
			in.read();
			this.loopThread.stop();
			assertThatExceptionOfType(LoopStoppedException.class).isThrownBy(in::readAllBytes);
		}
	}

	@Test
	void deathOfLoopIsNoEnd() throws Exception {
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + chunk("a") + chunk("b") + chunk("c")).stall();
		});
		try (InputStream in = exports(this.loop).open(this.server.url("/"))) {
			in.read();
			new LoopKiller().kill(this.loopThread, new AssertionError("killed"));
			assertThatExceptionOfType(LoopStoppedException.class).isThrownBy(in::readAllBytes);
		}
	}

	@Test
	void closeInTheMiddleGivesConnectionBack() throws Exception {
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD);
			while (true) {
				connection.write(chunk("x".repeat(1000)));
			}
		});
		for (int i = 0; i < 20; i++) {
			try (InputStream in = exports(this.loop).open(this.server.url("/"))) {
				assertThat(in.readNBytes(i * 100)).hasSize(i * 100);
			}
		}
		await().until(() -> this.loopThread.activeTasks() == 0 && this.pool.acquired() == 0);
	}

	@Test
	void slowReaderHoldsServerBackAndIsNotTimedOut() throws Exception {
		AtomicLong sent = new AtomicLong();
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD);
			while (true) {
				connection.write(chunk("x".repeat(MEGABYTE)));
				sent.incrementAndGet();
			}
		});
		// The first call takes a while
		try (InputStream in = exports(this.loop).open(this.server.url("/"))) {
			in.read();
		}
		await().until(() -> this.server.openConnections() == 0);
		sent.set(0);
		Duration timeout = Duration.ofSeconds(3);
		LoopOperations loop = this.loop.withTimeout(timeout);
		try (InputStream in = exports(loop).open(this.server.url("/"))) {
			in.read();
			AtomicLong before = new AtomicLong(-1);
			await().atMost(Duration.ofSeconds(20))
				.during(timeout.plusMillis(200))
				.until(() -> before.getAndSet(sent.get()) == sent.get());
			assertThat(sent).hasValueLessThan(20);
			in.skipNBytes(50 * MEGABYTE);
			await().untilAsserted(() -> assertThat(sent).hasValueGreaterThanOrEqualTo(50));
		}
	}

	@Test
	void contextOfCallerIsSeen() throws Exception {
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + chunk("a") + "0\n\n").stall();
		});
		Queue<String> seen = new ConcurrentLinkedQueue<>();
		WebClient client = this.client.mutate()
			.filter((request, next) -> next.exchange(request)
				.doOnNext((response) -> seen.add(Thread.currentThread().getName() + " " + CallerValues.current())))
			.build();
		try (CallerValues caller = CallerValues.set("ada");
				InputStream in = new Exports(this.loop, client).open(this.server.url("/"))) {
			in.readAllBytes();
		}
		assertThat(seen).containsExactly("loop-1 ada");
	}

	@Test
	void errorStatusComesWithFirstRead() throws Exception {
		start((connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 503 Service Unavailable\nContent-Length: 0\n\n").stall();
		});
		assertThatExceptionOfType(WebClientResponseException.ServiceUnavailable.class)
			.isThrownBy(() -> exports(this.loop).countLines(this.server.url("/")));
	}

	@Test
	void isRefusedWhenLoopIsNotRunning() throws Exception {
		start(RawServer.Connection::readRequest);
		this.loopThread.stop();
		assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> exports(this.loop).countLines(this.server.url("/")));
	}

	@Test
	void readTimeoutOfClientCountsWhileReaderHoldsServerBack() throws Exception {
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD);
			while (true) {
				connection.write(chunk("x".repeat(MEGABYTE)));
			}
		});
		Flux<byte[]> body = this.client.get()
			.uri(this.server.url("/"))
			.httpRequest(
					(request) -> request.<HttpClientRequest>getNativeRequest().responseTimeout(Duration.ofSeconds(1)))
			.retrieve()
			.bodyToFlux(byte[].class);
		try (Stream<byte[]> chunks = this.loop.stream(body)) {
			await().until(() -> this.server.acceptedConnections() == 1);
			await().until(() -> this.server.openConnections() == 0);
			assertThatExceptionOfType(WebClientResponseException.class).isThrownBy(chunks::count)
				.withCauseInstanceOf(ReadTimeoutException.class);
		}
	}

	private Exports exports(LoopOperations loop) {
		return new Exports(loop, this.client);
	}

	private void start(Script script) throws IOException {
		this.server = RawServer.start(script);
		this.loopThread.start();
	}

	private static void awaitLatch(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String chunk(String content) {
		return "%x\n%s\n".formatted(content.replace("\n", "\r\n").length(), content);
	}

	static class Exports {

		private final LoopOperations loop;

		private final WebClient client;

		Exports(LoopOperations loop, WebClient client) {
			this.loop = loop;
			this.client = client;
		}

		long countLines(String uri) throws IOException {
			try (BufferedReader lines = new BufferedReader(new InputStreamReader(open(uri), StandardCharsets.UTF_8))) {
				return lines.lines().count();
			}
		}

		void copy(String uri, OutputStream out) throws IOException {
			Flux<byte[]> body = this.client.get().uri(uri).retrieve().bodyToFlux(byte[].class);
			try (Stream<byte[]> chunks = this.loop.stream(body)) {
				for (byte[] chunk : (Iterable<byte[]>) chunks::iterator) {
					out.write(chunk);
				}
			}
		}

		InputStream open(String uri) {
			Flux<byte[]> body = this.client.get().uri(uri).retrieve().bodyToFlux(byte[].class);
			Stream<DataBuffer> chunks = this.loop.stream(body).map(DefaultDataBufferFactory.sharedInstance::wrap);
			return DataBufferUtils.subscriberInputStream(Flux.fromStream(chunks), 1);
		}

	}

}
