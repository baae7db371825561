package io.github.loopthread.faults;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import io.github.loopthread.LoopFreezer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * More bytes on a connection than were asked for: nobody reads what was sent to another.
 */
@Timeout(60)
class SharedConnectionTests {

	private static final String HELLO = HostileServer.HELLO;

	private static final String EVIL = HostileServer.OK + "Content-Length: 4\n\nevil";

	private static final String MINE = HostileServer.OK + "Content-Length: 4\n\nmine";

	private static final String GUARD = "io.github.loopthread.http.ResponseGuard";

	private static final TestCertificates certificates = new TestCertificates();

	@AutoClose
	private static final HostileServer server = HostileServer.start();

	@AutoClose
	private static final HostileServer https = HostileServer.start(certificates.server());

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.trusting(certificates.issuer(),
			"loop.web-client.max-connections=1");

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

	@Test
	@DisplayName("H10 response before the end of the request, with TLS")
	void connectionWhoseRequestIsNotSentIsNotGivenToTheNext() {
		CountDownLatch ended = new CountDownLatch(1);
		https.answer((connection) -> {
			connection.write(HELLO);
			Latches.await(ended);
			connection.close();
		});
		CompletableFuture<String> early = client.loop()
			.submit(client.web()
				.post()
				.uri(https.url())
				.bodyValue(new byte[8 << 20])
				.retrieve()
				.bodyToMono(String.class));
		assertThat(early).succeedsWithin(DefaultClient.LONG).isEqualTo("hello");
		https.assertIsCalledAsBefore(client);
		ended.countDown();
	}

	@ParameterizedTest(name = "{0}, while nobody uses the connection")
	@MethodSource("strayBytes")
	void connectionIsClosedOnWhichBytesComeUnasked(String row, String bytes) {
		CountDownLatch idle = new CountDownLatch(1);
		server.answer((connection) -> {
			connection.write(HELLO);
			Latches.await(idle);
			connection.write(bytes);
		});
		assertThat(client.get(DefaultClient.LONG, server.url()).value()).isEqualTo("hello");
		idle.countDown();
		server.awaitNoConnection();
		answerFirst(MINE, new CountDownLatch(0));
		assertThat(client.get(DefaultClient.LONG, server.url()).value()).isEqualTo("mine");
	}

	@ParameterizedTest(name = "H13 second response in a record of TLS of its own, behind {0}")
	@MethodSource("framings")
	void callerWhoWaitsReadsNothingOfAnotherRecord(String row, String framing) throws Exception {
		assertWaitingCallerIsNotServed(https, framing.formatted("hello".length()) + "hello");
	}

	@ParameterizedTest(name = "H13 second response in a read of its own, behind one of {0} bytes")
	@ValueSource(ints = { 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536 })
	void callerWhoWaitsReadsNothingOfAnotherRead(int size) throws Exception {
		String head = "HTTP/1.1 200 OK\nContent-Length: %5d\n\n";
		int length = size - head.formatted(0).replace("\n", "\r\n").length();
		assertWaitingCallerIsNotServed(server, head.formatted(length) + "x".repeat(length));
	}

	@Test
	@DisplayName("H13 what the log says")
	@ExtendWith(OutputCaptureExtension.class)
	void logSaysWhyConnectionIsClosed(CapturedOutput output) {
		LoggingSystem logging = LoggingSystem.get(getClass().getClassLoader());
		logging.setLogLevel(GUARD, LogLevel.DEBUG);
		try {
			for (String response : List.of(HELLO + EVIL, "HTTP/1.1 101 Switching Protocols\nUpgrade: evil\n\n")) {
				answerFirst(response, new CountDownLatch(0));
				client.get(DefaultClient.LONG, server.url());
			}
		}
		finally {
			logging.setLogLevel(GUARD, null);
		}
		String closing = "Closing the connection to 127.0.0.1/127.0.0.1:%d: ".formatted(server.port());
		assertThat(output).contains(closing + "there is more behind the response than was asked for",
				closing + "it is to speak another protocol");
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

	static Stream<Arguments> framings() {
		return Stream.of(Arguments.of("a length", HostileServer.OK + "Content-Length: %d\n\n"),
				Arguments.of("informational responses",
						"HTTP/1.1 103 Early Hints\n\n".repeat(3) + HostileServer.OK + "Content-Length: %d\n\n"));
	}

	/**
	 * Send a response and another that nobody has asked for while the loop is busy, so
	 * that it finds both when it reads.
	 */
	private static void assertWaitingCallerIsNotServed(HostileServer server, String response) throws Exception {
		CountDownLatch asked = new CountDownLatch(1);
		CountDownLatch frozen = new CountDownLatch(1);
		CountDownLatch sent = new CountDownLatch(1);
		AtomicBoolean first = new AtomicBoolean(true);
		server.answer((connection) -> {
			if (first.getAndSet(false)) {
				asked.countDown();
				Latches.await(frozen);
				connection.write(response).write(EVIL);
				sent.countDown();
			}
			else {
				connection.write(MINE);
			}
		});
		CompletableFuture<String> served = client.loop().submit(client.body(server.url()));
		Latches.await(asked);
		CompletableFuture<String> waits = client.loop().submit(client.body(server.url()));
		await().until(() -> client.connector().pendingRequests() == 1);
		try (LoopFreezer freezer = LoopFreezer.freeze(client.loopThread())) {
			frozen.countDown();
			Latches.await(sent);
		}
		assertThat(served).succeedsWithin(DefaultClient.LONG)
			.isEqualTo(response.substring(response.lastIndexOf("\n\n") + 2));
		assertThat(waits).succeedsWithin(DefaultClient.LONG).isEqualTo("mine");
	}

	/**
	 * Answer one request as the test says, and each other as it should be.
	 */
	private static void answerFirst(String response, CountDownLatch when) {
		AtomicBoolean first = new AtomicBoolean(true);
		server.answer((connection) -> {
			if (first.getAndSet(false)) {
				Latches.await(when);
				connection.write(response);
			}
			else {
				connection.write(MINE);
			}
		});
	}

}
