package io.github.loopthread;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import javax.net.ServerSocketFactory;

import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server that does on each connection what a script says, byte by byte, also what no
 * decent server would do.
 */
public final class RawServer implements AutoCloseable {

	private final ServerSocket socket;

	private final Script script;

	private final List<Thread> threads = new CopyOnWriteArrayList<>();

	private final Queue<Closeable> open = new ConcurrentLinkedQueue<>();

	private final AtomicInteger openConnections = new AtomicInteger();

	private final AtomicInteger acceptedConnections = new AtomicInteger();

	private RawServer(ServerSocket socket, Script script) {
		this.socket = socket;
		this.script = script;
		this.open.add(socket);
	}

	public static RawServer start(Script script) throws IOException {
		return start(ServerSocketFactory.getDefault(), script);
	}

	/**
	 * Start a server whose connections are made by a factory: that of an
	 * {@code SSLContext} makes those of TLS, which shake hands when the script reads.
	 */
	public static RawServer start(ServerSocketFactory factory, Script script) throws IOException {
		RawServer server = new RawServer(factory.createServerSocket(0, 50, InetAddress.getLoopbackAddress()), script);
		server.startThread(server::accept);
		return server;
	}

	public String url(String path) {
		return "http://127.0.0.1:%d%s".formatted(port(), path);
	}

	public int port() {
		return this.socket.getLocalPort();
	}

	public SocketAddress address() {
		return this.socket.getLocalSocketAddress();
	}

	/**
	 * Return how many scripts are still running: those that stall do until the client
	 * closes.
	 */
	public int openConnections() {
		return this.openConnections.get();
	}

	public int acceptedConnections() {
		return this.acceptedConnections.get();
	}

	@Override
	public void close() throws Exception {
		for (Closeable closeable : this.open) {
			closeable.close();
		}
		for (Thread thread : this.threads) {
			thread.join(10_000);
			assertThat(thread.isAlive()).isFalse();
		}
	}

	private void accept() {
		try {
			while (true) {
				Socket client = this.socket.accept();
				this.open.add(client);
				this.openConnections.incrementAndGet();
				this.acceptedConnections.incrementAndGet();
				startThread(() -> play(client));
			}
		}
		catch (IOException ex) {
			// Closed
		}
	}

	private void play(Socket client) {
		try (client) {
			this.script.play(new Connection(client));
		}
		catch (IOException ex) {
			// The client has gone, or the server is being closed
		}
		finally {
			this.openConnections.decrementAndGet();
		}
	}

	private void startThread(Runnable task) {
		Thread thread = new Thread(task, "raw-server");
		this.threads.add(thread);
		thread.start();
	}

	/**
	 * What happens on a connection. It is closed at the end.
	 */
	public interface Script {

		/**
		 * Called for each connection on a thread of its own.
		 */
		void play(Connection connection) throws IOException;

	}

	/**
	 * A connection, seen from the server.
	 */
	public static final class Connection implements Closeable {

		private final Socket socket;

		private final InputStream in;

		private Connection(Socket socket) throws IOException {
			this.socket = socket;
			this.in = new BufferedInputStream(socket.getInputStream());
		}

		/**
		 * Read the head of a request, up to the empty line.
		 * @return whether there was one
		 */
		public boolean readRequest() throws IOException {
			return readHead() != null;
		}

		/**
		 * Read the head of a request as it is, up to and with the empty line.
		 * @return the head, or {@code null} when there is no other
		 */
		public @Nullable String readHead() throws IOException {
			StringBuilder head = new StringBuilder();
			while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
				int next = this.in.read();
				if (next < 0) {
					return null;
				}
				head.append((char) next);
			}
			return head.toString();
		}

		/**
		 * Read a line, without what ends it.
		 * @throws EOFException when the client has closed
		 */
		public String readLine() throws IOException {
			StringBuilder line = new StringBuilder();
			for (int next = this.in.read(); next != '\n'; next = this.in.read()) {
				if (next < 0) {
					throw new EOFException();
				}
				line.append((char) next);
			}
			return line.toString();
		}

		/**
		 * Read bytes as they are.
		 * @throws EOFException when the client has closed before
		 */
		public byte[] readFully(int count) throws IOException {
			byte[] bytes = this.in.readNBytes(count);
			if (bytes.length < count) {
				throw new EOFException();
			}
			return bytes;
		}

		/**
		 * Write lines as they are: {@code \n} becomes what ends a line in HTTP.
		 */
		public Connection write(String text) throws IOException {
			this.socket.getOutputStream().write(text.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
			return this;
		}

		/**
		 * Write bytes as they are.
		 */
		public Connection write(byte[] bytes) throws IOException {
			this.socket.getOutputStream().write(bytes);
			return this;
		}

		/**
		 * Write bytes as they are, over and over, until the client closes.
		 */
		public void writeForEver(byte[] bytes) throws IOException {
			while (true) {
				write(bytes);
			}
		}

		/**
		 * Write bytes as they are, one every few milliseconds.
		 */
		public void writeSlowly(byte[] bytes) throws IOException {
			for (byte next : bytes) {
				write(new byte[] { next });
				LockSupport.parkNanos(5_000_000);
			}
		}

		/**
		 * Close so that the client is told that the connection was reset.
		 */
		public void reset() throws IOException {
			this.socket.setSoLinger(true, 0);
			this.socket.close();
		}

		/**
		 * Close the half of the connection on which the server sends.
		 */
		public void shutdownOutput() throws IOException {
			this.socket.shutdownOutput();
		}

		@Override
		public void close() throws IOException {
			this.socket.close();
		}

		/**
		 * Do nothing until the client closes.
		 */
		public void stall() throws IOException {
			this.in.transferTo(OutputStream.nullOutputStream());
		}

	}

}
