package io.github.loopthread;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import redis.embedded.core.ExecutableProvider;

import org.springframework.util.Assert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A real Redis server: a process of its own on a free port of this machine.
 */
public final class TestRedis implements AutoCloseable {

	private static final Duration START_TIMEOUT = Duration.ofSeconds(20);

	private static File executable;

	private final int port;

	private Process process;

	private TestRedis(int port) {
		this.port = port;
		start();
	}

	/**
	 * Start a server, and wait until it answers.
	 */
	public static TestRedis launch() {
		try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			int port = free.getLocalPort();
			free.close();
			return new TestRedis(port);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public int port() {
		return this.port;
	}

	/**
	 * Return the path of the Unix domain socket on which it listens too.
	 */
	public String socket() {
		return "%s/loopthread-redis-%d.sock".formatted(System.getProperty("java.io.tmpdir"), this.port);
	}

	/**
	 * Start it again after it has been killed, on the same port and without its data.
	 */
	public void start() {
		try {
			this.process = new ProcessBuilder(executable().getPath(), "--port", String.valueOf(this.port), "--bind",
					"127.0.0.1", "--save", "", "--appendonly", "no", "--unixsocket", socket())
				.redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		await().atMost(START_TIMEOUT).ignoreExceptionsInstanceOf(UncheckedIOException.class).until(() -> {
			Assert.state(this.process.isAlive(), "Redis ended at once. On Linux it needs libssl3");
			return send("PING").startsWith("+PONG");
		});
	}

	/**
	 * Kill the process, and wait until it is gone.
	 */
	public void kill() {
		this.process.destroyForcibly();
		try {
			assertThat(this.process.waitFor(10, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Return how often a command has been called since the server was started.
	 */
	public long calls(String command) {
		Matcher calls = Pattern.compile("cmdstat_%s:calls=(\\d+)".formatted(command))
			.matcher(send("INFO commandstats"));
		return calls.find() ? Long.parseLong(calls.group(1)) : 0;
	}

	/**
	 * Return how many connections of clients there are.
	 */
	public long connections() {
		return send("CLIENT LIST").lines().filter((line) -> line.startsWith("id=")).count() - 1;
	}

	/**
	 * Send a command over a connection of its own, and return the raw answer.
	 */
	public String send(String command) {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.port)) {
			socket.setSoTimeout(10_000);
			socket.getOutputStream().write((command + "\r\nQUIT\r\n").getBytes(StandardCharsets.UTF_8));
			InputStream answer = socket.getInputStream();
			return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() {
		kill();
		new File(socket()).delete();
	}

	private static synchronized File executable() throws IOException {
		if (executable == null) {
			executable = ExecutableProvider.newJarResourceProvider().get();
		}
		return executable;
	}

}
