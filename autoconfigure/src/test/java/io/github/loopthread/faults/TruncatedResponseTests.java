package io.github.loopthread.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.github.loopthread.RawServer.Connection;
import io.github.loopthread.faults.Ending.Kind;
import io.github.loopthread.faults.FaultProxy.Direction;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Responses that end too early, wherever that is: never a success, but for a body without
 * TLS whose end nothing but the end of its connection says.
 */
@Timeout(60)
class TruncatedResponseTests {

	private static final String BY_LENGTH = "HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 11\n\nhello world";

	private static final String BY_CHUNKS = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n6;x=y\nhello \n5\nworld\n0\nX: y\n\n";

	private static final List<Kind> NO_SUCCESS = List.of(Kind.NO_RESPONSE, Kind.BROKEN_BODY);

	private static final TestCertificates certificates = new TestCertificates();

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.trusting(certificates.issuer());

	@AutoClose
	private static final HostileServer http = HostileServer.start();

	@AutoClose
	private static final HostileServer https = HostileServer.start(certificates.server());

	@ParameterizedTest(name = "H8 truncated at every byte: by length {0}, reset {1}, streamed {2}")
	@CsvSource({ "true, false, false", "true, true, false", "true, false, true", "false, false, false",
			"false, true, false", "false, false, true" })
	void isNoSuccessWhereverItIsTruncated(boolean byLength, boolean reset, boolean streamed) {
		byte[] response = (byLength ? BY_LENGTH : BY_CHUNKS).replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII);
		Set<Kind> kinds = EnumSet.noneOf(Kind.class);
		for (int i = 0; i < response.length; i++) {
			byte[] truncated = Arrays.copyOf(response, i);
			http.answer((connection) -> end(connection.write(truncated), reset));
			Ending ending = call(http.url(), streamed);
			assertThat(ending.kind()).as("%d bytes: %s", i, ending).isIn(NO_SUCCESS);
			kinds.add(ending.kind());
		}
		assertThat(kinds).contains(Kind.NO_RESPONSE);
		http.answer((connection) -> connection.write(response));
		assertThat(call(http.url(), streamed).kind()).isEqualTo(Kind.VALUE);
	}

	@Test
	@DisplayName("H8 truncated in the midst of a record of TLS")
	void isNoSuccessWhereverTlsIsTruncated() throws Exception {
		Set<Kind> kinds = EnumSet.noneOf(Kind.class);
		https.answer((connection) -> connection.write(BY_LENGTH));
		try (FaultProxy proxy = new FaultProxy(https.port())) {
			for (int limit = 0; !kinds.contains(Kind.VALUE); limit += 31) {
				proxy.inject(Direction.DOWNSTREAM, Fault.limitData(limit));
				Ending ending = call(https.url(proxy.port()), false);
				kinds.add(ending.kind());
				assertThat(ending.value()).isEqualTo((ending.kind() == Kind.VALUE) ? "hello world" : null);
			}
		}
		assertThat(kinds).containsExactlyInAnyOrder(Kind.VALUE, Kind.NO_RESPONSE);
	}

	@Test
	@DisplayName("H8 TLS ended where a body without length ends")
	void bodyWithoutLengthEndsWhereTlsSaysThatItEnds() {
		https.answer((connection) -> connection.write(HostileServer.OK + "\nhello world").close());
		assertThat(call(https.url(), false).value()).isEqualTo("hello world");
		assertThat(call(https.url(), true).value()).isEqualTo("hello world");
	}

	@Test
	@DisplayName("H8 TLS cut off where a body without length might end")
	void isNoSuccessWhereTlsIsCutOff() throws Exception {
		https.answer((connection) -> connection.write(HostileServer.OK + "\nhello\nworld").stall());
		CountDownLatch received = new CountDownLatch(1);
		try (FaultProxy proxy = new FaultProxy(https.port())) {
			CompletableFuture<String> body = client.loop()
				.submit(client.request(https.url(proxy.port()))
					.retrieve()
					.bodyToFlux(String.class)
					.doOnNext((line) -> received.countDown())
					.reduce(String::concat));
			Latches.await(received);
			// Nor does the server get to say that TLS ends
			proxy.inject(Direction.DOWNSTREAM, Fault.blackHole());
			proxy.down();
			assertThat(body).failsWithin(DefaultClient.LONG)
				.withThrowableOfType(ExecutionException.class)
				.havingRootCause()
				.isInstanceOf(IOException.class);
		}
	}

	private static Ending call(String url, boolean streamed) {
		if (!streamed) {
			return client.get(DefaultClient.LONG, url);
		}
		return Ending.of(() -> {
			try (Stream<String> body = client.loop()
				.withTimeout(DefaultClient.LONG)
				.stream(client.request(url).retrieve().bodyToFlux(String.class))) {
				return body.collect(Collectors.joining());
			}
		});
	}

	private static void end(Connection connection, boolean reset) throws IOException {
		if (reset) {
			connection.reset();
		}
		else {
			connection.close();
		}
	}

}
