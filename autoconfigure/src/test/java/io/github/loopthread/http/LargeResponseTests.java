package io.github.loopthread.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A gigabyte through a process with 64 MB of memory, whose reader is slower than the
 * sender.
 */
@Timeout(120)
@Tag("once")
class LargeResponseTests {

	private static final long MEGABYTE = 1024 * 1024;

	private static final long LENGTH = 1024 * MEGABYTE;

	private static final long PAUSE_EVERY = 64 * MEGABYTE;

	private static final int SOCKET_BUFFER = 256 * 1024;

	// Both sockets' buffers, which the system makes twice as large or more, and the
	// elements that wait: 32 of at most 64 kB each
	private static final long MAX_AHEAD = 4 * MEGABYTE;

	// What the client has in its hands outside of the heap
	private static final long MAX_DIRECT = 8 * MEGABYTE;

	private final byte[] part = new byte[64 * 1024];

	// Written by the server
	private final AtomicLong sent = new AtomicLong();

	@Test
	void gigabyteTakesConstantMemoryAndHoldsSenderBack() throws Exception {
		new Random(7).nextBytes(this.part);
		try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			Thread sender = new Thread(() -> serve(server), "sender");
			sender.start();
			Process reader = start("http://127.0.0.1:%d/".formatted(server.getLocalPort()));
			try (BufferedReader said = new BufferedReader(
					new InputStreamReader(reader.getInputStream(), StandardCharsets.UTF_8));
					OutputStream goOn = reader.getOutputStream()) {
				long maxAhead = 0;
				int pauses = 0;
				String line = said.readLine();
				// What is neither is a line of the log
				while (line != null && !line.startsWith("sum ")) {
					if (line.startsWith("paused ")) {
						long read = Long.parseLong(line.substring("paused ".length()));
						maxAhead = Math.max(maxAhead, awaitSenderHeldBack() - read);
						pauses++;
						goOn.write('\n');
						goOn.flush();
					}
					line = said.readLine();
				}
				assertThat(line).startsWith("sum %d %d ".formatted(LENGTH, checksum()));
				assertThat(reader.waitFor(20, TimeUnit.SECONDS)).isTrue();
				assertThat(reader.exitValue()).isZero();
				assertThat(pauses).isEqualTo(LENGTH / PAUSE_EVERY);
				System.out.printf("%s, sender at most %d kB ahead of the reader%n", line, maxAhead / 1024);
				assertThat(maxAhead).isLessThan(MAX_AHEAD);
				assertThat(Long.parseLong(line.replaceAll(".* direct ([0-9]+) .*", "$1"))).isLessThan(MAX_DIRECT);
			}
			finally {
				reader.destroyForcibly();
				server.close();
				sender.join(20_000);
			}
			assertThat(sender.isAlive()).isFalse();
		}
	}

	/**
	 * Wait until the sender has sent nothing for a while, or all there is.
	 * @return how much it has sent
	 */
	private long awaitSenderHeldBack() {
		AtomicLong before = new AtomicLong(-1);
		await().atMost(Duration.ofSeconds(20))
			.pollInterval(Duration.ofMillis(100))
			.until(() -> before.getAndSet(this.sent.get()) == this.sent.get());
		return this.sent.get();
	}

	private void serve(ServerSocket server) {
		try (Socket client = server.accept()) {
			client.setSendBufferSize(SOCKET_BUFFER);
			client.getInputStream().read(new byte[8192]);
			OutputStream out = client.getOutputStream();
			out.write("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n".formatted(LENGTH)
				.getBytes(StandardCharsets.US_ASCII));
			while (this.sent.get() < LENGTH) {
				out.write(this.part);
				this.sent.addAndGet(this.part.length);
			}
			// Until the client closes
			client.getInputStream().read();
		}
		catch (IOException ex) {
			// The test has failed already
		}
	}

	private long checksum() {
		CRC32 sum = new CRC32();
		for (long i = 0; i < LENGTH; i += this.part.length) {
			sum.update(this.part);
		}
		return sum.getValue();
	}

	private static Process start(String url) throws IOException {
		return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m",
				"-XX:MaxDirectMemorySize=64m", "-cp", System.getProperty("java.class.path"),
				LargeResponseReader.class.getName(), url, String.valueOf(PAUSE_EVERY), String.valueOf(SOCKET_BUFFER))
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
	}

}
