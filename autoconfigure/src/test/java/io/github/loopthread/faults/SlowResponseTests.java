package io.github.loopthread.faults;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import io.github.loopthread.HeldDeadlines;
import io.github.loopthread.faults.Ending.Kind;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Responses that come byte by byte, so that no wait for the next one is long: the
 * deadline is that of the whole call.
 */
@Timeout(60)
class SlowResponseTests {

	private static final String OK = HostileServer.OK;

	private static final String CHUNKED = OK + "Transfer-Encoding: chunked\n\n";

	@AutoClose
	private static final HostileServer server = HostileServer.start();

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.create("spring.http.clients.read-timeout=10s");

	@ParameterizedTest(name = "H6 {0}, byte by byte")
	@MethodSource("rows")
	void deadlineIsThatOfTheWholeCall(String row, String atOnce, String slowly) {
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			server.answer((connection) -> {
				connection.write(atOnce);
				deadlines.pass();
				connection.writeSlowly(slowly.repeat(1000).replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII));
			});
			Ending ending = client.get(DefaultClient.SHORT, server.url());
			assertThat(ending.kind()).as(ending.toString()).isEqualTo(Kind.TIMED_OUT);
		}
		server.awaitNoConnection();
		server.assertIsCalledAsBefore(client);
	}

	static Stream<Arguments> rows() {
		return Stream.of(Arguments.of("status line", "HTTP/1.1 200 ", "x"), Arguments.of("headers", OK, "X: y\n"),
				Arguments.of("empty lines", "", "\n"),
				Arguments.of("informational responses", "", "HTTP/1.1 103 Early Hints\n\n"),
				Arguments.of("body", OK + "Content-Length: 100000\n\n", "x"),
				Arguments.of("body without length", OK + "\n", "x"), Arguments.of("chunk size", CHUNKED, "0"),
				Arguments.of("extension", CHUNKED + "5;", "x"), Arguments.of("chunk", CHUNKED + "ffff\n", "x"),
				Arguments.of("chunks", CHUNKED, "1\nx\n"),
				Arguments.of("trailers", CHUNKED + "5\nhello\n0\n", "X: y\n"));
	}

}
