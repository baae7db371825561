package io.github.loopthread.autoconfigure.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A server on all addresses of the machine that remembers at which of them it was
 * reached. For {@code /3} it redirects to the fourth of its URLs.
 */
final class AddressFilterServer implements AutoCloseable {

	private final ServerSocket socket = new ServerSocket(0);

	private final Set<String> reachedAt = ConcurrentHashMap.newKeySet();

	private final Thread thread = new Thread(this::serve, "address-filter-server");

	private volatile List<String> redirects = List.of();

	AddressFilterServer() throws IOException {
		this.thread.start();
	}

	int port() {
		return this.socket.getLocalPort();
	}

	String url(String host) {
		return "http://%s:%d/".formatted(host, port());
	}

	void redirectTo(List<String> urls) {
		this.redirects = urls;
	}

	/**
	 * Return the addresses at which the server was reached since the last call.
	 */
	Set<String> takeReachedAt() {
		Set<String> addresses = Set.copyOf(this.reachedAt);
		this.reachedAt.clear();
		return addresses;
	}

	@Override
	public void close() throws Exception {
		this.socket.close();
		this.thread.join(10_000);
	}

	private void serve() {
		while (!this.socket.isClosed()) {
			try (Socket client = this.socket.accept()) {
				InetAddress address = client.getLocalAddress();
				this.reachedAt.add(address.getHostAddress());
				client.setSoTimeout(5_000);
				BufferedReader request = new BufferedReader(
						new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1));
				String requestLine = request.readLine();
				if (requestLine == null || !requestLine.startsWith("GET /")) {
					// No request, such as the beginning of a TLS handshake
					continue;
				}
				String answer = answer(requestLine);
				for (String line = request.readLine(); line != null && !line.isEmpty();) {
					line = request.readLine();
				}
				client.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
			}
			catch (IOException ex) {
				// The client has gone, or the server is being closed
			}
		}
	}

	private String answer(String requestLine) {
		String path = requestLine.split(" ")[1].substring(1);
		String head = path.matches("\\d+")
				? "HTTP/1.1 302 Found\r\nLocation: %s\r\n".formatted(this.redirects.get(Integer.parseInt(path)))
				: "HTTP/1.1 200 OK\r\n";
		return head + "Content-Length: 7\r\nConnection: close\r\n\r\nreached";
	}

}
