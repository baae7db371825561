package io.github.loopthread.autoconfigure.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An HTTP proxy on a loopback port that leads every tunnel to one server, whatever name
 * was asked for. While it is open it can be the proxy of the whole JVM.
 */
final class TestProxy implements AutoCloseable {

	private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

	private final List<String> connectRequests = new CopyOnWriteArrayList<>();

	private final int targetPort;

	TestProxy(int targetPort) throws IOException {
		this.targetPort = targetPort;
		start(this::serve);
	}

	void setAsSystemProxy() {
		System.setProperty("http.proxyHost", "127.0.0.1");
		System.setProperty("http.proxyPort", String.valueOf(this.socket.getLocalPort()));
	}

	List<String> connectRequests() {
		return this.connectRequests;
	}

	@Override
	public void close() throws IOException {
		System.clearProperty("http.proxyHost");
		System.clearProperty("http.proxyPort");
		this.socket.close();
	}

	private void serve() {
		while (!this.socket.isClosed()) {
			try {
				Socket client = this.socket.accept();
				start(() -> tunnel(client));
			}
			catch (IOException ex) {
				if (!this.socket.isClosed()) {
					throw new UncheckedIOException(ex);
				}
			}
		}
	}

	private void tunnel(Socket client) {
		try (client; Socket target = new Socket(InetAddress.getLoopbackAddress(), this.targetPort)) {
			// The client sends nothing more before it has the answer, so nothing is lost
			// in the reader's buffer
			BufferedReader request = new BufferedReader(
					new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
			this.connectRequests.add(request.readLine());
			while (!request.readLine().isEmpty()) {
				continue;
			}
			client.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
			start(() -> copy(target, client));
			copy(client, target);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static void copy(Socket from, Socket to) {
		try {
			from.getInputStream().transferTo(to.getOutputStream());
			to.shutdownOutput();
		}
		catch (IOException ex) {
			// One side has closed, and the tunnel ends
			return;
		}
	}

	private static void start(Runnable task) {
		Thread thread = new Thread(task, "test-proxy");
		thread.setDaemon(true);
		thread.start();
	}

}
