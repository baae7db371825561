package io.github.loopthread.faults;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.compression.SnappyFrameEncoder;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

import io.github.loopthread.RawServer.Connection;
import io.github.loopthread.faults.Ending.Kind;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compressed responses that become far more than was sent. The client asks for
 * compression, as Spring Boot has all of its clients do.
 */
@Timeout(60)
class DecompressionTests {

	private static final int MEGABYTE = 1 << 20;

	private static final int MAX_IN_MEMORY = 256 * 1024;

	@AutoClose
	private static final HostileServer server = HostileServer.start();

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.create();

	@RegisterExtension
	private static final DefaultClient uncompressed = DefaultClient.create()
		.customized((client) -> client.compress(false));

	@ParameterizedTest(name = "P3 {0}, 16 MB")
	@MethodSource("encodings")
	void limitCountsWhatIsDecompressed(String encoding, Compression compression) {
		byte[] bomb = compression.apply(new byte[16 * MEGABYTE]);
		server.answer((connection) -> respond(connection, encoding, bomb));
		Ending ending = client.get(DefaultClient.LONG, server.url());
		assertThat(ending.kind()).as(ending.toString()).isEqualTo(Kind.TOO_LARGE);
		server.awaitNoConnection();
		server.assertIsCalledAsBefore(client);
		System.out.printf("P3 %s: %d bytes would have become %d%n", encoding, bomb.length, 16 * MEGABYTE);
	}

	@ParameterizedTest(name = "P3 {0}, as large as may be")
	@MethodSource("encodings")
	void whatIsNotTooLargeIsRead(String encoding, Compression compression) {
		byte[] body = "x".repeat(MAX_IN_MEMORY).getBytes(StandardCharsets.US_ASCII);
		server.answer((connection) -> respond(connection, encoding, compression.apply(body)));
		assertThat(client.get(DefaultClient.LONG, server.url()).value()).isEqualTo("x".repeat(MAX_IN_MEMORY));
		byte[] more = Arrays.copyOf(body, MAX_IN_MEMORY + 1);
		server.answer((connection) -> respond(connection, encoding, compression.apply(more)));
		assertThat(client.get(DefaultClient.LONG, server.url()).kind()).isEqualTo(Kind.TOO_LARGE);
	}

	@ParameterizedTest(name = "P3 deflate without end, {0} {1}")
	@MethodSource("framings")
	void bombWithoutEndIsTooLarge(String framing, int bytesAtOnce) {
		server.answer((connection) -> {
			connection.write(HostileServer.OK + "Content-Encoding: deflate\nContent-Length: 100000000000\n\n");
			connection.write(Endless.beginning());
			connection.writeForEver(Endless.zeros(bytesAtOnce));
		});
		Ending ending = client.get(DefaultClient.LONG, server.url());
		assertThat(ending.kind()).as(ending.toString()).isEqualTo(Kind.TOO_LARGE);
		server.awaitNoConnection();
		server.assertIsCalledAsBefore(client);
	}

	@Test
	@DisplayName("P3 streamed")
	void streamedBodyComesInSmallBuffers() {
		byte[] bomb = gzip(new byte[16 * MEGABYTE]);
		server.answer((connection) -> respond(connection, "gzip", bomb));
		AtomicInteger largest = new AtomicInteger();
		AtomicLong total = new AtomicLong();
		client.loop()
			.withTimeout(DefaultClient.LONG)
			.execute(client.request(server.url()).retrieve().bodyToFlux(DataBuffer.class).doOnNext((buffer) -> {
				largest.accumulateAndGet(buffer.readableByteCount(), Math::max);
				total.addAndGet(buffer.readableByteCount());
				DataBufferUtils.release(buffer);
			}).then());
		assertThat(total).hasValue(16L * MEGABYTE);
		System.out.printf("P3 streamed: the largest buffer has %d bytes%n", largest.get());
		assertThat(largest).hasValueLessThanOrEqualTo(MEGABYTE);
	}

	@ParameterizedTest(name = "P3 {0}")
	@MethodSource("malformed")
	void malformedBodyHasOneClearEnding(String row, String encoding, byte[] body, Kind kind) {
		server.answer((connection) -> respond(connection, encoding, body));
		Ending ending = client.get(DefaultClient.LONG, server.url());
		assertThat(ending.kind()).as(ending.toString()).isEqualTo(kind);
		server.assertIsCalledAsBefore(client);
	}

	@Test
	@DisplayName("P3 compression switched off")
	void withoutCompressionNothingIsDecompressed() {
		byte[] bomb = gzip(new byte[MEGABYTE]);
		server.takeHeads();
		server.answer((connection) -> respond(connection, "gzip", bomb));
		Ending ending = uncompressed.call(DefaultClient.LONG,
				uncompressed.request(server.url())
					.retrieve()
					.bodyToMono(byte[].class)
					.map((body) -> Arrays.equals(body, bomb) ? "as it was" : "decompressed"));
		assertThat(ending.value()).isEqualTo("as it was");
		assertThat(server.takeHeads()).singleElement().asString().doesNotContainIgnoringCase("accept-encoding");
	}

	static Stream<Arguments> encodings() {
		return Stream.of(Arguments.of("gzip", compression(DecompressionTests::gzip)),
				Arguments.of("x-gzip", compression(DecompressionTests::gzip)),
				Arguments.of("deflate", compression(DecompressionTests::deflate)),
				Arguments.of("snappy", compression(DecompressionTests::snappy)));
	}

	static Stream<Arguments> framings() {
		return Stream.of(Arguments.of("blocks of", 1), Arguments.of("blocks of", 64));
	}

	static Stream<Arguments> malformed() {
		byte[] hello = gzip("hello".getBytes(StandardCharsets.US_ASCII));
		byte[] corrupt = hello.clone();
		corrupt[corrupt.length - 6] ^= 1;
		return Stream.of(Arguments.of("gzip that is none", "gzip", new byte[100], Kind.BROKEN_BODY),
				Arguments.of("gzip with a wrong checksum", "gzip", corrupt, Kind.BROKEN_BODY),
				// Netty does not notice
				Arguments.of("gzip cut off", "gzip", Arrays.copyOf(hello, hello.length - 9), Kind.VALUE),
				Arguments.of("gzip without its trailer", "gzip", Arrays.copyOf(hello, hello.length - 8), Kind.VALUE),
				Arguments.of("gzip, empty", "gzip", new byte[0], Kind.VALUE),
				Arguments.of("unknown encoding", "rot13", hello, Kind.VALUE));
	}

	private static Compression compression(Compression compression) {
		return compression;
	}

	private static void respond(Connection connection, String encoding, byte[] body) throws IOException {
		connection
			.write(HostileServer.OK + "Content-Encoding: %s\nContent-Length: %d\n\n".formatted(encoding, body.length));
		connection.write(body);
	}

	private static byte[] gzip(byte[] bytes) {
		ByteArrayOutputStream compressed = new ByteArrayOutputStream();
		try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
			out.write(bytes);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return compressed.toByteArray();
	}

	private static byte[] deflate(byte[] bytes) {
		ByteArrayOutputStream compressed = new ByteArrayOutputStream();
		try (DeflaterOutputStream out = new DeflaterOutputStream(compressed)) {
			out.write(bytes);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return compressed.toByteArray();
	}

	private static byte[] snappy(byte[] bytes) {
		EmbeddedChannel encoder = new EmbeddedChannel(new SnappyFrameEncoder());
		encoder.writeOutbound(Unpooled.wrappedBuffer(bytes));
		CompositeByteBuf compressed = Unpooled.compositeBuffer(Integer.MAX_VALUE);
		encoder.outboundMessages().forEach((part) -> compressed.addComponent(true, (io.netty.buffer.ByteBuf) part));
		try {
			return ByteBufUtil.getBytes(compressed);
		}
		finally {
			compressed.release();
			encoder.outboundMessages().clear();
			encoder.finishAndReleaseAll();
		}
	}

	private interface Compression {

		byte[] apply(byte[] bytes);

	}

	/**
	 * A stream in the format of zlib that has no end: blocks that can be repeated as
	 * often as one likes.
	 */
	private static final class Endless {

		private Endless() {
		}

		static byte[] beginning() {
			return new byte[] { 0x78, (byte) 0x9c };
		}

		/**
		 * Return blocks that become so many megabytes of zeros, each on its own.
		 */
		static byte[] zeros(int megabytes) {
			Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
			try {
				byte[] compressed = new byte[4096 * megabytes];
				deflater.setInput(new byte[megabytes * MEGABYTE]);
				int length = deflater.deflate(compressed, 0, compressed.length, Deflater.FULL_FLUSH);
				return Arrays.copyOf(compressed, length);
			}
			finally {
				deflater.end();
			}
		}

	}

}
