package io.github.loopthread.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import javax.net.ServerSocketFactory;

import io.github.loopthread.RawServer;
import io.github.loopthread.RawServer.Script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A server that answers {@code /good} as it should, and everything else as the test says.
 */
final class HostileServer implements AutoCloseable {

	static final String OK = "HTTP/1.1 200 OK\n";

	static final String HELLO = OK + "Content-Length: 5\n\nhello";

	private static final String GOOD = OK + "Content-Length: 4\n\ngood";

	private final RawServer server;

	private final String scheme;

	private final Queue<String> heads = new ConcurrentLinkedQueue<>();

	private volatile Script script = (connection) -> connection.write(HELLO);

	private HostileServer(ServerSocketFactory factory, String scheme) throws IOException {
		this.server = RawServer.start(factory, this::play);
		this.scheme = scheme;
	}

	static HostileServer start() {
		return start(ServerSocketFactory.getDefault(), "http://127.0.0.1");
	}

	/**
	 * Start a server whose certificate is for {@code localhost}.
	 */
	static HostileServer start(ServerSocketFactory tls) {
		return start(tls, "https://localhost");
	}

	static HostileServer start(ServerSocketFactory factory, String scheme) {
		try {
			return new HostileServer(factory, scheme);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Say what is done when the head of a request has been read. The connection stays
	 * open afterwards, unless the script closes it.
	 */
	void answer(Script script) {
		this.script = script;
	}

	String url() {
		return url(port());
	}

	String url(String path) {
		return "%s:%d%s".formatted(this.scheme, port(), path);
	}

	/**
	 * Return the address behind another port, that of a proxy.
	 */
	String url(int port) {
		return "%s:%d/hostile".formatted(this.scheme, port);
	}

	int port() {
		return this.server.port();
	}

	/**
	 * Return the heads of the requests since the last call but for those to
	 * {@code /good}, each with the empty line at its end.
	 */
	List<String> takeHeads() {
		List<String> taken = new ArrayList<>();
		for (String head = this.heads.poll(); head != null; head = this.heads.poll()) {
			taken.add(head);
		}
		return taken;
	}

	int acceptedConnections() {
		return this.server.acceptedConnections();
	}

	/**
	 * Check that nothing of what has happened is in the way of another call, on the same
	 * connection or on another.
	 */
	void assertIsCalledAsBefore(DefaultClient client) {
		Ending ending = client.get(DefaultClient.LONG, url("/good"));
		assertThat(ending.value()).as(ending.toString()).isEqualTo("good");
	}

	void awaitNoConnection() {
		await().until(() -> this.server.openConnections() == 0);
	}

	@Override
	public void close() throws Exception {
		this.server.close();
	}

	private void play(RawServer.Connection connection) throws IOException {
		for (String head = connection.readHead(); head != null; head = connection.readHead()) {
			if (head.startsWith("GET /good")) {
				connection.write(GOOD);
			}
			else {
				this.heads.add(head);
				this.script.play(connection);
			}
		}
	}

}
