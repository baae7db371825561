package io.github.loopthread.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.CallerValues;
import io.github.loopthread.LoopInterruptedException;
import io.github.loopthread.LoopKiller;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.PoolCensus;
import io.github.loopthread.RawServer;
import io.github.loopthread.TestServer;
import io.github.loopthread.Transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for reading responses of a real server as streams, over the only connection there
 * may be.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class StreamTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	private final PoolCensus pool = new PoolCensus();

	private final TestServer server = TestServer.start((routes) -> routes
		.get("/hello", (request, response) -> response.sendString(Mono.just("hello")))
		.get("/lines/{count}",
				(request, response) -> response
					.sendString(Flux.range(0, Integer.parseInt(request.param("count"))).map((i) -> "line " + i + "\n")))
		.get("/stalls",
				(request, response) -> response.sendString(Flux.just("first\n").concatWith(Flux.never()),
						StandardCharsets.UTF_8))
		.get("/never", (request, response) -> response.sendString(Mono.never())));

	private LoopThread loopThread;

	private LoopTemplate loop;

	private WebClient client;

	@BeforeEach
	void create() {
		LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector.resource((pool) -> {
			pool.maxConnections(1).pendingAcquireTimeout(LONG);
			this.pool.count(pool);
		}, (client, onLoop) -> new ReactorClientHttpConnector(onLoop.apply(client)));
		this.loopThread = new LoopThread(
				LoopSettings.defaults().withTransport(Transport.NIO).withDrainTimeout(Duration.ZERO), List.of(resource),
				CallerValues.loopContext());
		this.loopThread.start();
		this.loop = new LoopTemplate(this.loopThread, LONG);
		this.client = WebClient.builder().clientConnector(new LoopClientHttpConnector(resource)).build();
	}

	@AfterEach
	void leaveNothing() {
		this.loopThread.stop();
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
		this.server.close();
		LoopThreads.assertNone("loop");
	}

	@Test
	void wholeResponseIsReadAndConnectionUsedAgain() {
		for (int i = 0; i < 3; i++) {
			List<String> lines = new ArrayList<>();
			try (Stream<String> stream = this.loop.stream(lines("/lines/10000"))) {
				for (String line : (Iterable<String>) stream::iterator) {
					lines.add(line);
				}
			}
			assertThat(lines).hasSize(10_000).startsWith("line 0").endsWith("line 9999");
			// The reader wakes before the loop gives it back
			await().until(() -> this.pool.acquired() == 0);
		}
		assertThat(this.server.acceptedConnections()).isEqualTo(1);
	}

	@Test
	void buffersAreThoseOfResponse() {
		int length = 0;
		try (Stream<DataBuffer> stream = this.loop.stream(buffers("/lines/10000"))) {
			for (DataBuffer buffer : (Iterable<DataBuffer>) stream::iterator) {
				length += buffer.readableByteCount();
				DataBufferUtils.release(buffer);
			}
		}
		assertThat(length).isEqualTo(98_890);
	}

	@Test
	void leavingTheLoopEarlyGivesConnectionBackAndReleasesBuffers() {
		try (Stream<DataBuffer> stream = this.loop.stream(buffers("/lines/1000000"))) {
			for (DataBuffer buffer : (Iterable<DataBuffer>) stream::iterator) {
				DataBufferUtils.release(buffer);
				break;
			}
		}
		assertConnectionIsFree();
	}

	@Test
	void failureOfBodyGivesConnectionBackAndReleasesBuffers() {
		assertThatIllegalStateException().isThrownBy(() -> {
			try (Stream<DataBuffer> stream = this.loop.stream(buffers("/lines/1000000"))) {
				stream.forEach((buffer) -> {
					DataBufferUtils.release(buffer);
					throw new IllegalStateException("body");
				});
			}
		}).withMessage("body");
		assertConnectionIsFree();
	}

	@Test
	void forgottenStreamGivesConnectionBackAndReleasesBuffers(CapturedOutput output) {
		readOneAndForget();
		await().atMost(LONG).until(() -> {
			System.gc();
			return this.loopThread.activeTasks() == 0;
		});
		await().untilAsserted(() -> assertThat(output).contains("neither read to its end nor closed")
			.contains("StreamTests.readOneAndForget"));
		assertConnectionIsFree();
	}

	@Test
	void streamThatIsClosedWhileItWaitsForConnectionGivesItsPlaceBack() {
		try (Stream<String> first = this.loop.stream(lines("/stalls"));
				Stream<String> second = this.loop.stream(lines("/stalls"))) {
			await().until(() -> this.pool.pending() == 1);
			second.close();
			assertThat(first.iterator().next()).isEqualTo("first");
		}
		assertConnectionIsFree();
	}

	@Test
	void timeoutNamesExchangeWithoutSecretsAndGivesConnectionBack() {
		Duration timeout = Duration.ofMillis(500);
		String origin = "GET http://localhost:%d".formatted(this.server.port());
		try (Stream<String> stream = this.loop.withTimeout(timeout).stream(lines("/stalls?token=secret"))) {
			Iterator<String> iterator = stream.iterator();
			assertThat(iterator.next()).isEqualTo("first");
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(iterator::next)
				.withMessageContaining("waiting for " + origin + "/stalls (receiving the response) since ")
				.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("secret"));
		}
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.loop.withTimeout(timeout).stream(lines("/never")).toList())
			.withMessageContaining(origin + "/never (waiting for the response) since ");
		assertConnectionIsFree();
	}

	@Test
	void elementsBeforeBrokenEndAreReadFirst() throws Exception {
		try (RawServer raw = RawServer.start((connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\none\n3\ntwo\n4\nth");
		})) {
			List<String> read = new ArrayList<>();
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> {
				try (Stream<DataBuffer> stream = this.loop.stream(buffers(raw.url("/")))) {
					stream.forEach((buffer) -> {
						read.add(buffer.toString(StandardCharsets.US_ASCII));
						DataBufferUtils.release(buffer);
					});
				}
			}).withRootCauseInstanceOf(IOException.class);
			assertThat(String.join("", read)).startsWith("onetwo");
		}
		await().until(() -> this.pool.acquired() == 0);
	}

	@Test
	void interruptWhileReadingGivesConnectionBack() throws Exception {
		CompletableFuture<Throwable> end = new CompletableFuture<>();
		Thread reader = reader("/stalls", end);
		reader.interrupt();
		assertThat(end).succeedsWithin(LONG).isInstanceOf(LoopInterruptedException.class);
		assertConnectionIsFree();
	}

	@Test
	void stopWhileReadingReachesReader() throws Exception {
		CompletableFuture<Throwable> end = new CompletableFuture<>();
		reader("/stalls", end);
		this.loopThread.stop();
		assertThat(end).succeedsWithin(LONG).isInstanceOf(LoopStoppedException.class);
	}

	@Test
	void deathWhileReadingReachesReaderWithItsCause() throws Exception {
		CompletableFuture<Throwable> end = new CompletableFuture<>();
		reader("/stalls", end);
		Error error = new NoClassDefFoundError("out of the I/O handler");
		new LoopKiller().kill(this.loopThread, error);
		assertThat(end).succeedsWithin(LONG)
			.isInstanceOf(LoopStoppedException.class)
			.satisfies((ex) -> assertThat(ex).hasCause(error));
		await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
	}

	@Test
	void deathWhileNobodyReadsReleasesBuffers() throws Exception {
		try (RawServer raw = RawServer.start((connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n");
			while (true) {
				connection.write("3\none\n");
			}
		})) {
			Stream<DataBuffer> stream = this.loop.stream(buffers(raw.url("/")));
			DataBufferUtils.release(stream.iterator().next());
			new LoopKiller().kill(this.loopThread, new NoClassDefFoundError("out of the I/O handler"));
			await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
		}
	}

	@Test
	void operatorsSeeValuesOfCallerOnLoopForEveryElement() {
		Flux<String> source = lines("/lines/20000")
			.map((line) -> CallerValues.current() + " on " + Thread.currentThread().getName());
		try (CallerValues values = CallerValues.set("anna"); Stream<String> stream = this.loop.stream(source, 4)) {
			assertThat(stream.distinct()).containsExactly("anna on loop-1");
		}
	}

	@Test
	void callsMayBeTheElements() {
		Flux<String> calls = Flux.range(0, 100)
			.concatMap((i) -> this.client.get().uri(url("/hello")).retrieve().bodyToMono(String.class));
		assertThat(this.loop.stream(calls, 2)).hasSize(100).containsOnly("hello");
	}

	@Test
	void refusedStreamReachesNoServer() {
		assertThatIllegalStateException()
			.isThrownBy(() -> this.loop.execute(Mono.fromSupplier(() -> this.loop.stream(lines("/hello")))));
		this.loopThread.stop();
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> this.loop.stream(lines("/hello")));
		assertThat(this.server.acceptedConnections()).isZero();
	}

	private void readOneAndForget() {
		this.loop.stream(buffers("/lines/1000000")).findFirst().ifPresent(DataBufferUtils::release);
	}

	/**
	 * Return when it has read an element and waits for the next.
	 */
	private Thread reader(String path, CompletableFuture<Throwable> end) {
		List<String> read = new ArrayList<>();
		Thread reader = new Thread(() -> {
			try (Stream<String> stream = this.loop.stream(lines(path))) {
				stream.forEach((line) -> {
					synchronized (read) {
						read.add(line);
					}
				});
			}
			catch (Throwable ex) {
				end.complete(ex);
			}
		}, "reader");
		reader.start();
		await().until(() -> {
			synchronized (read) {
				return read.size() == 1;
			}
		});
		await().until(() -> reader.getState() == Thread.State.TIMED_WAITING);
		return reader;
	}

	private void assertConnectionIsFree() {
		await().until(() -> this.loopThread.activeTasks() == 0);
		await().until(() -> this.pool.acquired() == 0);
		assertThat(this.loop.execute(this.client.get().uri(url("/hello")).retrieve().bodyToMono(String.class)))
			.isEqualTo("hello");
		assertThat(this.loopThread.droppedResults()).isZero();
	}

	private Flux<String> lines(String path) {
		return this.client.get().uri(url(path)).retrieve().bodyToFlux(String.class);
	}

	private Flux<DataBuffer> buffers(String path) {
		return this.client.get().uri(url(path)).retrieve().bodyToFlux(DataBuffer.class);
	}

	private String url(String path) {
		return path.startsWith("http:") ? path : "http://localhost:%d%s".formatted(this.server.port(), path);
	}

}
