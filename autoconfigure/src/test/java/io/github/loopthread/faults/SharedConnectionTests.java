package io.github.loopthread.faults;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * More bytes on a connection than were asked for: nobody reads what was sent to another.
 */
@Timeout(60)
class SharedConnectionTests {

	private static final String HELLO = HostileServer.HELLO;

	private static final String EVIL = HostileServer.OK + "Content-Length: 4\n\nevil";

	private static final String MINE = HostileServer.OK + "Content-Length: 4\n\nmine";

	private static HostileServer server;

	private static DefaultClient client;

	@BeforeAll
	static void open() throws IOException {
		server = HostileServer.start();
		client = DefaultClient.create("loop.web-client.max-connections=1");
	}

	@AfterAll
	static void close() throws Exception {
		client.close();
		server.close();
	}

	@BeforeEach
	void start() {
		client.start();
	}

	@AfterEach
	void stop() {
		client.stop();
	}

	@ParameterizedTest(name = "{0}, who waits for the connection")
	@MethodSource("responses")
	void callerWhoWaitsForConnectionReadsItsOwn(String row, String response) {
		CountDownLatch bothHaveCalled = new CountDownLatch(1);
		answerFirst(response, bothHaveCalled);
		CompletableFuture<String> first = client.loop().submit(client.body(server.url()));
		CompletableFuture<String> second = client.loop().submit(client.body(server.url()));
		bothHaveCalled.countDown();
		assertThat(first).succeedsWithin(DefaultClient.LONG).isEqualTo(response.contains("hello") ? "hello" : null);
		assertThat(second).succeedsWithin(DefaultClient.LONG).isEqualTo("mine");
	}

	@ParameterizedTest(name = "{0}, who comes later")
	@MethodSource("responses")
	void callerWhoComesLaterReadsItsOwn(String row, String response) {
		answerFirst(response, new CountDownLatch(0));
		assertThat(client.get(DefaultClient.LONG, server.url()).value())
			.isEqualTo(response.contains("hello") ? "hello" : null);
		assertThat(client.get(DefaultClient.LONG, server.url()).value()).isEqualTo("mine");
	}

	@ParameterizedTest(name = "{0}, while nobody uses the connection")
	@MethodSource("strayBytes")
	void connectionIsClosedOnWhichBytesComeUnasked(String row, String bytes) {
		CountDownLatch idle = new CountDownLatch(1);
		server.answer((connection) -> {
			connection.write(HELLO);
			await(idle);
			connection.write(bytes);
		});
		assertThat(client.get(DefaultClient.LONG, server.url()).value()).isEqualTo("hello");
		idle.countDown();
		server.awaitNoConnection();
		answerFirst(MINE, new CountDownLatch(0));
		assertThat(client.get(DefaultClient.LONG, server.url()).value()).isEqualTo("mine");
	}

	@Test
	@DisplayName("H14 HEAD with body")
	void bodyOfHeadIsReadByNobody() {
		answerFirst(HELLO, new CountDownLatch(0));
		Ending head = Ending
			.of(() -> client.loop().execute(client.web().head().uri(server.url()).retrieve().toBodilessEntity()));
		assertThat(head.kind()).isEqualTo(Ending.Kind.VALUE);
		assertThat(client.get(DefaultClient.LONG, server.url()).value()).isEqualTo("mine");
	}

	@Test
	@DisplayName("H11 HEAD with 103")
	void informationalResponseDoesNotShiftAnswersOfHead() {
		answerFirst("HTTP/1.1 103 Early Hints\n\n" + HostileServer.OK + "Content-Length: 5\n\n", new CountDownLatch(0));
		client.loop().execute(client.web().head().uri(server.url()).retrieve().toBodilessEntity());
		int before = server.acceptedConnections();
		assertThat(client.get(DefaultClient.LONG, server.url()).value()).isEqualTo("mine");
		assertThat(server.acceptedConnections()).isEqualTo(before);
	}

	static Stream<Arguments> responses() {
		String chunked = HostileServer.OK + "Transfer-Encoding: chunked\n\n5\nhello\n0\n\n";
		return Stream.of(Arguments.of("H13 second response", HELLO + EVIL),
				Arguments.of("H13 second response behind chunks", chunked + EVIL),
				Arguments.of("H13 second response behind 204", "HTTP/1.1 204 No Content\n\n" + EVIL),
				Arguments.of("H13 many responses", HELLO + EVIL.repeat(100)),
				Arguments.of("H13 beginning of a second response", HELLO + "HTTP/1.1 200 OK\nX: "),
				Arguments.of("H13 a byte more", HELLO + "!"), Arguments.of("H13 bytes behind chunks", chunked + "!\n"),
				Arguments.of("H13 an empty line more", HELLO + "\n"),
				Arguments.of("H14 204 with body", "HTTP/1.1 204 No Content\nContent-Length: 4\n\nevil"),
				Arguments.of("H14 204 with chunks",
						"HTTP/1.1 204 No Content\nTransfer-Encoding: chunked\n\n4\nevil\n0\n\n"),
				Arguments.of("H14 304 with body", "HTTP/1.1 304 Not Modified\nContent-Length: 4\n\nevil"),
				Arguments.of("H11 101", "HTTP/1.1 101 Switching Protocols\nUpgrade: evil\n\n" + EVIL),
				Arguments.of("H11 101 alone", "HTTP/1.1 101 Switching Protocols\nUpgrade: evil\n\n"),
				Arguments.of("H11 103", "HTTP/1.1 103 Early Hints\nLink: x\n\n" + HELLO),
				Arguments.of("H11 100 and 103",
						"HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\n\nHTTP/1.1 100 Continue\n\n" + HELLO),
				Arguments.of("H11 103 and second response", "HTTP/1.1 103 Early Hints\n\n" + HELLO + EVIL));
	}

	static Stream<Arguments> strayBytes() {
		return Stream.of(Arguments.of("H13 response", EVIL),
				Arguments.of("H13 half of a response", "HTTP/1.1 200 OK\nX: "), Arguments.of("H13 a byte", "!"),
				Arguments.of("H11 103", "HTTP/1.1 103 Early Hints\n\n"));
	}

	/**
	 * Answer one request as the test says, and each other as it should be.
	 */
	private static void answerFirst(String response, CountDownLatch when) {
		AtomicBoolean first = new AtomicBoolean(true);
		server.answer((connection) -> {
			if (first.getAndSet(false)) {
				await(when);
				connection.write(response);
			}
			else {
				connection.write(MINE);
			}
		});
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
