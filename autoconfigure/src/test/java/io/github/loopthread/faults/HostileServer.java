package io.github.loopthread.faults;

import java.io.IOException;

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

	private volatile Script script = (connection) -> connection.write(HELLO);

	private HostileServer(ServerSocketFactory factory, String scheme) throws IOException {
		this.server = RawServer.start(factory, this::play);
		this.scheme = scheme;
	}

	static HostileServer start() throws IOException {
		return new HostileServer(ServerSocketFactory.getDefault(), "http://127.0.0.1");
	}

	/**
	 * Start a server whose certificate is for {@code localhost}.
	 */
	static HostileServer start(ServerSocketFactory tls) throws IOException {
		return new HostileServer(tls, "https://localhost");
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

	/**
	 * Return the address behind another port, that of a proxy.
	 */
	String url(int port) {
		return "%s:%d/hostile".formatted(this.scheme, port);
	}

	int port() {
		return this.server.port();
	}

	int acceptedConnections() {
		return this.server.acceptedConnections();
	}

	/**
	 * Check that nothing of what has happened is in the way of another call, on the same
	 * connection or on another.
	 */
	void assertIsCalledAsBefore(DefaultClient client) {
		Ending ending = client.get(DefaultClient.LONG, url().replace("/hostile", "/good"));
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
				this.script.play(connection);
			}
		}
	}

}
