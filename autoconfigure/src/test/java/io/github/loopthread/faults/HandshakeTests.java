package io.github.loopthread.faults;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLHandshakeException;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import io.github.loopthread.RawServer;
import io.github.loopthread.RawServer.Script;
import io.github.loopthread.faults.Ending.Kind;
import io.github.loopthread.faults.FaultProxy.Direction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Servers that do not shake hands as they should, or are not who they say they are.
 */
@Timeout(60)
class HandshakeTests {

	private static final TestCertificates certificates = new TestCertificates();

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.trusting(certificates.issuer());

	@AutoClose
	private static final HostileServer good = HostileServer.start(certificates.server());

	@ParameterizedTest(name = "H4 {0}")
	@MethodSource("scripts")
	void callEndsHoweverServerBehaves(String row, Kind kind, Script script) throws Exception {
		try (RawServer server = RawServer.start(script)) {
			String url = "https://localhost:%d/".formatted(server.port());
			Duration timeout = (kind == Kind.TIMED_OUT) ? DefaultClient.SHORT : DefaultClient.LONG;
			Ending ending = client.get(timeout, url);
			assertThat(ending.kind()).as(ending.toString()).isEqualTo(kind);
			good.assertIsCalledAsBefore(client);
			client.stopAtOnce();
		}
	}

	@Test
	@DisplayName("H4 a record byte by byte")
	void deadlineIsThatOfTheWholeHandshake() throws Exception {
		AtomicBoolean sent = new AtomicBoolean();
		try (RawServer server = RawServer.start((connection) -> {
			connection.write(new byte[] { 22, 3, 3, 63, 0, 2, 0, 62, (byte) 252 }).writeSlowly(new byte[1000]);
			sent.set(true);
			connection.stall();
		})) {
			Ending ending = client.get(DefaultClient.SHORT, "https://localhost:%d/".formatted(server.port()));
			assertThat(sent).isFalse();
			assertThat(ending.kind()).as(ending.toString()).isEqualTo(Kind.TIMED_OUT);
			good.assertIsCalledAsBefore(client);
			client.stopAtOnce();
		}
	}

	@Test
	@DisplayName("B7 a handshake that ends after the cancel")
	void connectionWhoseHandshakeEndsAfterCancelIsNotLost() throws Exception {
		CountDownLatch begun = new CountDownLatch(1);
		CountDownLatch release = new CountDownLatch(1);
		try (FaultProxy proxy = new FaultProxy(good.port())) {
			proxy.inject(Direction.DOWNSTREAM, (bytes, count, pipe) -> {
				begun.countDown();
				Latches.await(release);
				pipe.write(bytes, 0, count);
			});
			CompletableFuture<String> call = client.loop().submit(client.body(good.url(proxy.port())));
			Latches.await(begun);
			call.cancel(false);
			await().until(() -> client.loopThread().activeTasks() == 0);
			assertThat(client.connector().activeConnections()).isOne();
			release.countDown();
			await().until(() -> client.connector().activeConnections() == 0);
			assertThat(good.takeHeads()).isEmpty();
			assertThat(client.get(DefaultClient.LONG, good.url(proxy.port())).value()).isEqualTo("hello");
		}
	}

	@ParameterizedTest(name = "H4 certificate {0}")
	@MethodSource("impostors")
	void serverThatCannotProveItsNameIsRefused(String row, ServerSocketFactory sockets) throws Exception {
		try (HostileServer server = HostileServer.start(sockets)) {
			Ending ending = client.get(DefaultClient.LONG, server.url());
			assertThat(ending.kind()).isEqualTo(Kind.NO_RESPONSE);
			assertThat(ending.failure()).hasCauseInstanceOf(SSLHandshakeException.class);
			good.assertIsCalledAsBefore(client);
			client.stopAtOnce();
		}
	}

	@Test
	@DisplayName("H4 HTTP to a port of TLS")
	void callWithoutTlsToServerWithTlsFails() {
		Ending ending = client.get(DefaultClient.LONG, good.url().replace("https", "http"));
		assertThat(ending.kind()).as(ending.toString()).isEqualTo(Kind.NO_RESPONSE);
		good.assertIsCalledAsBefore(client);
	}

	static Stream<Arguments> scripts() {
		return Stream.of(Arguments.of("silence", Kind.TIMED_OUT, script(RawServer.Connection::stall)),
				Arguments.of("half of a record", Kind.TIMED_OUT,
						script((connection) -> connection.write(new byte[] { 22, 3, 3 }).stall())),
				Arguments.of("end of the connection", Kind.NO_RESPONSE, script(RawServer.Connection::close)),
				Arguments.of("reset", Kind.NO_RESPONSE, script(RawServer.Connection::reset)),
				Arguments.of("alert", Kind.NO_RESPONSE,
						script((connection) -> connection.write(new byte[] { 21, 3, 3, 0, 2, 2, 40 }).stall())),
				Arguments.of("HTTP without TLS", Kind.NO_RESPONSE,
						script((connection) -> connection.write(HostileServer.HELLO).stall())),
				Arguments.of("record that is too long", Kind.NO_RESPONSE,
						script((connection) -> connection.write(new byte[] { 22, 3, 3, -1, -1, 0 }).stall())));
	}

	static Stream<Arguments> impostors() {
		Instant now = Instant.now();
		return Stream.of(
				Arguments.of("for another name", certificates.server("other.example", UnaryOperator.identity())),
				Arguments.of("that has expired",
						certificates.server("localhost",
								(builder) -> builder.notBefore(now.minus(Duration.ofDays(2)))
									.notAfter(now.minus(Duration.ofDays(1))))),
				Arguments.of("that is not valid yet",
						certificates.server("localhost", (builder) -> builder.notBefore(now.plus(Duration.ofDays(1))))),
				Arguments.of("of another authority", new TestCertificates().server()),
				Arguments.of("signed by itself", TestCertificates.sockets(TestCertificates
					.selfSigned(TestCertificates.builder("localhost").addSanDnsName("localhost")))));
	}

	private static Script script(Script script) {
		return script;
	}

}
