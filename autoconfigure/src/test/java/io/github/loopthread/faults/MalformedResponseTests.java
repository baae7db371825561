package io.github.loopthread.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import io.github.loopthread.RawServer.Connection;
import io.github.loopthread.faults.Ending.Kind;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Responses that no decent server would send, read by the shared client with its default
 * settings: each call has one clear ending, and the next call works. A row says what is
 * sent, and how the call ends: what is refused, and by whom, is Netty's and Spring's
 * decision.
 */
@Timeout(60)
class MalformedResponseTests {

	private static final String OK = HostileServer.OK;

	private static final String LENGTH_5 = "Content-Length: 5\n\nhello";

	private static final String CHUNKED = OK + "Transfer-Encoding: chunked\n\n";

	private static final int MEGABYTE = 1 << 20;

	private static final int MAX_IN_MEMORY = 256 * 1024;

	@AutoClose
	private static final HostileServer server = HostileServer.start();

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.create();

	@ParameterizedTest(name = "{0}")
	@MethodSource({ "statusLines", "headers", "lengths", "transferEncodings", "chunkSizes", "chunks", "informational",
			"withoutBody", "bombs" })
	void hasOneClearEnding(Row row) {
		server.answer((connection) -> row.send(connection));
		Ending ending = client.get(row.timeout(), server.url());
		assertThat(ending.kind()).as(ending.toString()).isEqualTo(row.kind);
		assertThat(ending.value()).isEqualTo(row.value);
		if (row.closing) {
			client.awaitNoIdleConnection();
		}
		server.assertIsCalledAsBefore(client);
	}

	static Stream<Row> statusLines() {
		return Stream.of(refused("P1 status line of 1 MB", "HTTP/1.1 200 " + "x".repeat(MEGABYTE) + "\n" + LENGTH_5),
				value("P1 status line of 4096 bytes", "HTTP/1.1 200 " + "x".repeat(4096 - 13) + "\n" + LENGTH_5),
				refused("P1 status line of 4097 bytes", "HTTP/1.1 200 " + "x".repeat(4097 - 13) + "\n" + LENGTH_5),
				refused("P1 a million empty lines before the status line", "\n".repeat(MEGABYTE) + OK + LENGTH_5),
				value("P4 empty lines before the status line", "\n\n\n" + OK + LENGTH_5),
				refused("H11 103 with too many headers",
						"HTTP/1.1 103 Early Hints\n" + "X: x\n".repeat(3000) + "\n" + OK + LENGTH_5),
				refused("P4 NUL before the status line", "\0\0" + OK + LENGTH_5),
				refused("P4 no HTTP at all", "HELLO WORLD\n\n"),
				refused("P4 answer of Shoutcast", "ICY 200 OK\n" + LENGTH_5),
				refused("P4 preface of HTTP/2", "PRI * HTTP/2.0\n\nSM\n\n"),
				refused("P4 frame of HTTP/2", "\0\0\0\4\0\0\0\0\0"), refused("P4 alert of TLS", "\25\3\1\0\2\2\50"),
				refused("P4 status line without status", "HTTP/1.1\n\n"),
				refused("P4 status of letters", "HTTP/1.1 abc OK\n" + LENGTH_5),
				refused("P4 negative status", "HTTP/1.1 -1 OK\n" + LENGTH_5),
				refused("P4 status beyond an integer", "HTTP/1.1 99999999999 OK\n" + LENGTH_5),
				value("P4 status line without reason", "HTTP/1.1 200\n" + LENGTH_5),
				value("P4 unknown version", "HTTP/9.9 200 OK\n" + LENGTH_5),
				refused("P4 status of one digit", "HTTP/1.1 9 ?\n" + LENGTH_5),
				refused("P4 status of two digits", "HTTP/1.1 99 ?\n" + LENGTH_5),
				refused("P4 status of four digits", "HTTP/1.1 1000 ?\n" + LENGTH_5),
				new Row("P4 unknown status", "HTTP/1.1 600 ?\n" + LENGTH_5, Kind.ERROR_STATUS, null));
	}

	static Stream<Row> headers() {
		return Stream.of(refused("P1 header of 1 MB", OK + "X: " + "x".repeat(MEGABYTE) + "\n" + LENGTH_5),
				refused("P1 name of 1 MB", OK + "x".repeat(MEGABYTE) + ": x\n" + LENGTH_5),
				refused("P1 100,000 headers", OK + "X: x\n".repeat(100_000) + LENGTH_5),
				value("P1 headers of 8000 bytes", OK + "X: 345678\n".repeat(800) + LENGTH_5),
				refused("P5 header without colon", OK + "nonsense\n" + LENGTH_5),
				refused("P5 header without name", OK + ": x\n" + LENGTH_5),
				refused("P5 continued line without a first", OK + " X: x\n" + LENGTH_5),
				refused("P5 NUL in value", OK + "X: a\0b\n" + LENGTH_5),
				refused("P5 NUL in name", OK + "X\0Y: a\n" + LENGTH_5),
				refused("P5 return without line feed in value", OK + "X: a\rb\n" + LENGTH_5),
				refused("P5 line feeds without returns", "HTTP/1.1 200 OK\fContent-Length: 5\f\fhello"),
				value("P5 continued line", OK + "X: a\n b\n" + LENGTH_5),
				value("P5 space before colon", OK + "Content-Length : 5\n\nhello"));
	}

	static Stream<Row> lengths() {
		Stream<String> notNumbers = Stream.of("-1", "+5", "0x5", "5.0", "1e1", "5 5", "5, 5", "5, 4", "five", "5;", "",
				"9223372036854775808", "18446744073709551621", "99999999999999999999999");
		Stream<Row> numbers = Stream.of("5 ", " 5", "05")
			.map((length) -> value("P5 length '%s'".formatted(length), OK + "Content-Length: " + length + "\n\nhello"));
		return concat(
				notNumbers.map((length) -> refused("P5 length '%s'".formatted(length),
						OK + "Content-Length: " + length + "\n\nhello")),
				numbers,
				Stream.of(refused("P5 two lengths", OK + "Content-Length: 4\n" + LENGTH_5),
						refused("P5 same length twice", OK + "Content-Length: 5\n" + LENGTH_5),
						refused("P5 length on two lines", OK + "Content-Length: 5\n 0\n\nhello"),
						unfinished("P5 length beyond all bounds", OK + "Content-Length: 9223372036854775807\n\nhello"),
						broken("H8 length of more than there is", OK + "Content-Length: 100\n\nhello").closing(),
						value("H14 no length", OK + "\nhello").closing(),
						value("H14 no length, HTTP/1.0", "HTTP/1.0 200 OK\n\nhello").closing(),
						value("H14 HTTP/1.0 with length", "HTTP/1.0 200 OK\n" + LENGTH_5),
						unfinished("H14 no length and no end", OK + "\nhello")));
	}

	static Stream<Row> transferEncodings() {
		return concat(
				Stream.of("chunked, chunked", "chunked, identity", "\13chunked")
					.map((encoding) -> refused("P5 encoding '%s'".formatted(encoding), encoded(encoding))),
				// They say that the body ends with the connection
				Stream.of("identity", "xchunked", "chunked;q=1", "")
					.map((encoding) -> new Row("P5 encoding '%s'".formatted(encoding), encoded(encoding), Kind.VALUE,
							"5\r\nhello\r\n0\r\n\r\n")
						.closing()),
				Stream.of(value("P5 encoding in capitals", encoded("CHUNKED")),
						refused("P5 two encodings", encoded("chunked\nTransfer-Encoding: identity")),
						refused("P5 length and encoding", encoded("chunked\nContent-Length: 5")),
						refused("P5 encoding and length that reaches beyond", encoded("chunked\nContent-Length: 500")),
						refused("P5 encoding, HTTP/1.0", encoded("chunked").replace("1.1", "1.0")),
						refused("P5 length and encoding, HTTP/1.0",
								encoded("chunked\nContent-Length: 5").replace("1.1", "1.0"))));
	}

	static Stream<Row> chunkSizes() {
		return Stream.concat(
				Stream
					.of("-1", "+5", "0x5", "", "g", " 5", "5 ", "5\t", "5 5", "5,5", "80000000", "100000005",
							"7FFFFFFFFFFFFFFF", "8000000000000005", "FFFFFFFFFFFFFFFFF")
					.map((size) -> broken("P4 chunk size '%s'".formatted(size), CHUNKED + size + "\nhello\n0\n\n")),
				Stream.of(value("P4 chunk size with zeros before it", CHUNKED + "0005\nhello\n0\n\n"),
						value("P4 two zeros at the end", CHUNKED + "5\nhello\n00\n\n"),
						unfinished("P4 greatest chunk size", CHUNKED + "7FFFFFFF\nhello"),
						broken("P4 greatest chunk size and the end", CHUNKED + "7FFFFFFF\nhello").closing(),
						broken("P4 minus zero at the end", CHUNKED + "5\nhello\n-0\n\n"),
						broken("P4 chunk size of 1 MB", CHUNKED + "0".repeat(MEGABYTE) + "5\nhello\n0\n\n")));
	}

	static Stream<Row> chunks() {
		return Stream.of(value("P4 extension", CHUNKED + "5;a=b\nhello\n0;c\n\n"),
				value("P4 extension in quotes", CHUNKED + "5;a=\"b;c\"\nhello\n0\n\n"),
				broken("P4 extension of 1 MB", CHUNKED + "5;" + "x".repeat(MEGABYTE) + "\nhello\n0\n\n"),
				broken("P4 extension with open quotes", CHUNKED + "5;a=\"\nhello\n0\n\n"),
				broken("P4 extension with NUL", CHUNKED + "5;\0\nhello\n0\n\n"),
				broken("P4 extension with return", CHUNKED + "5;\rx\nhello\n0\n\n"),
				broken("P4 extension with line feed", CHUNKED + "5;a\fb\nhello\n0\n\n"),
				broken("P4 chunk shorter than its size", CHUNKED + "6\nhello\n0\n\n"),
				broken("P4 chunk longer than its size", CHUNKED + "5\nhello!\n0\n\n"),
				broken("P4 chunk without line end", CHUNKED + "5\nhello0\n\n"),
				broken("P4 chunk with line feed at its end", CHUNKED + "5\nhello\f0\n\n"),
				broken("P4 chunk size with line feed at its end", CHUNKED + "5\fhello\n0\n\n"),
				broken("P4 chunk size with return at its end", CHUNKED + "5\rhello\n0\n\n"),
				broken("P4 line feeds at the end", CHUNKED + "5\nhello\n0\f\f"),
				value("P4 trailer", CHUNKED + "5\nhello\n0\nX: y\n\n"),
				value("P5 length in trailer", CHUNKED + "5\nhello\n0\nContent-Length: 100\n\n"),
				broken("P4 trailer without colon", CHUNKED + "5\nhello\n0\nnonsense\n\n"),
				broken("P4 trailer of 1 MB", CHUNKED + "5\nhello\n0\nX: " + "x".repeat(MEGABYTE) + "\n\n"),
				broken("P4 100,000 trailers", CHUNKED + "5\nhello\n0\n" + "X: x\n".repeat(100_000) + "\n"),
				broken("H8 no last chunk", CHUNKED + "5\nhello\n").closing(),
				broken("H8 no line after the last chunk", CHUNKED + "5\nhello\n0\n").closing());
	}

	static Stream<Row> informational() {
		String hints = "HTTP/1.1 103 Early Hints\nLink: x\n\n";
		String next = "HTTP/1.1 100 Continue\n\n";
		String hello = OK + LENGTH_5;
		return Stream.of(value("H11 100", next + hello), value("H11 102", "HTTP/1.1 102 Processing\n\n" + hello),
				value("H11 103", hints + hello), value("H11 199", "HTTP/1.1 199 ?\n\n" + hello),
				value("H11 10,000 times 100", next.repeat(10_000) + hello),
				value("H11 10,000 times 103", hints.repeat(10_000) + hello),
				unfinished("H11 100 without end", next).forEver(next.repeat(100)),
				unfinished("H11 103 without end", hints).forEver(hints.repeat(100)),
				unfinished("H11 103 and no response", hints),
				refused("H11 103 and no response, closed", hints).closing(),
				refused("H11 103 with body", "HTTP/1.1 103 Early Hints\n" + LENGTH_5 + hello));
	}

	static Stream<Row> withoutBody() {
		return Stream.of(empty("H14 204", "HTTP/1.1 204 No Content\n\n"),
				empty("H14 304", "HTTP/1.1 304 Not Modified\n\n"), empty("H14 200", OK + "Content-Length: 0\n\n"),
				value("H14 205 with body", "HTTP/1.1 205 Reset Content\n" + LENGTH_5));
	}

	static Stream<Row> bombs() {
		return Stream.of(
				new Row("P2 body as large as may be",
						OK + "Content-Length: " + MAX_IN_MEMORY + "\n\n" + "x".repeat(MAX_IN_MEMORY), Kind.VALUE,
						"x".repeat(MAX_IN_MEMORY)),
				tooLarge("P2 body that is too large by a byte",
						OK + "Content-Length: " + (MAX_IN_MEMORY + 1) + "\n\n" + "x".repeat(MAX_IN_MEMORY + 1)),
				tooLarge("P2 body of 10 GB", OK + "Content-Length: 10000000000\n\n").forEver("x".repeat(8192)),
				tooLarge("P2 body without end", OK + "\n").forEver("x".repeat(8192)),
				tooLarge("P2 chunks without end", CHUNKED).forEver("2000\n" + "x".repeat(8192) + "\n"),
				tooLarge("P2 chunks of one byte without end", CHUNKED).forEver("1\nx\n".repeat(1000)),
				refused("P1 headers without end", OK).forEver("X: x\n".repeat(1000)),
				refused("P1 status line without end", "HTTP/1.1 200 ").forEver("x".repeat(8192)),
				refused("P1 empty lines without end", "\n").forEver("\n".repeat(8192)),
				broken("P4 extension without end", CHUNKED + "5;").forEver("x".repeat(8192)),
				broken("P4 zeros without end", CHUNKED).forEver("0".repeat(8192)),
				broken("P4 trailers without end", CHUNKED + "5\nhello\n0\n").forEver("X: x\n".repeat(1000)));
	}

	private static String encoded(String encoding) {
		return OK + "Transfer-Encoding: " + encoding + "\n\n5\nhello\n0\n\n";
	}

	private static Row value(String name, String response) {
		return new Row(name, response, Kind.VALUE, "hello");
	}

	private static Row empty(String name, String response) {
		return new Row(name, response, Kind.VALUE, null);
	}

	private static Row refused(String name, String response) {
		return new Row(name, response, Kind.NO_RESPONSE, null);
	}

	private static Row broken(String name, String response) {
		return new Row(name, response, Kind.BROKEN_BODY, null);
	}

	private static Row tooLarge(String name, String response) {
		return new Row(name, response, Kind.TOO_LARGE, null);
	}

	private static Row unfinished(String name, String response) {
		return new Row(name, response, Kind.TIMED_OUT, null);
	}

	private static Stream<Row> concat(Stream<Row> first, Stream<Row> second, Stream<Row> third) {
		return Stream.concat(first, Stream.concat(second, third));
	}

	/**
	 * What is sent, and how the call ends. In the text {@code \n} stands for what ends a
	 * line in HTTP, and {@code \f} for a line feed alone.
	 */
	private static final class Row {

		private final String name;

		private final String response;

		private final Kind kind;

		private final @Nullable String value;

		private boolean closing;

		private @Nullable String repeated;

		Row(String name, String response, Kind kind, @Nullable String value) {
			this.name = name.replaceAll("\\p{Cntrl}", "?");
			this.response = response;
			this.kind = kind;
			this.value = value;
		}

		/**
		 * Have the server close when it has sent the response.
		 */
		Row closing() {
			this.closing = true;
			return this;
		}

		/**
		 * Have the server go on until the client closes.
		 */
		Row forEver(String repeated) {
			this.repeated = repeated;
			return this;
		}

		Duration timeout() {
			return (this.kind == Kind.TIMED_OUT) ? DefaultClient.SHORT : DefaultClient.LONG;
		}

		void send(Connection connection) throws IOException {
			connection.write(bytes(this.response));
			if (this.repeated != null) {
				connection.writeForEver(bytes(this.repeated));
			}
			if (this.closing) {
				connection.close();
			}
		}

		private static byte[] bytes(String text) {
			return text.replace("\n", "\r\n").replace('\f', '\n').getBytes(StandardCharsets.ISO_8859_1);
		}

		@Override
		public String toString() {
			return this.name;
		}

	}

}
