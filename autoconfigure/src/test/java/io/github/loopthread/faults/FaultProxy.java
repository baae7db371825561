package io.github.loopthread.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A network between a client and a server on a loopback port, with a fault for each
 * direction that can be changed at any time. It knows nothing of what passes, so it
 * serves HTTP as well as TLS.
 */
public final class FaultProxy implements AutoCloseable {

	// As many may connect at once: those beyond it would be kept waiting for a second
	private static final int BACKLOG = 1024;

	private final int target;

	private final Map<Direction, Fault> faults = new ConcurrentHashMap<>();

	private final Set<Pipe> pipes = ConcurrentHashMap.newKeySet();

	private final Socket reservation;

	private final int port;

	private volatile ServerSocket socket;

	private volatile Thread accepting;

	public FaultProxy(int target) throws IOException {
		this.target = target;
		clear();
		this.reservation = reservation();
		this.socket = listen(Math.max(0, this.reservation.getLocalPort()));
		this.port = this.socket.getLocalPort();
		this.accepting = accept(this.socket);
	}

	static FaultProxy to(int port) {
		try {
			return new FaultProxy(port);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Return a socket that is bound and never listens. It keeps the port while the proxy
	 * is down, when whoever asks for any port could be given ours.
	 */
	private static Socket reservation() throws IOException {
		Socket socket = new Socket();
		// Elsewhere it would be in our own way
		if (System.getProperty("os.name").equals("Linux")) {
			socket.setReuseAddress(true);
			socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
		}
		return socket;
	}

	public int port() {
		return this.port;
	}

	/**
	 * Let a fault happen from now on, to the connections that are open as well: where it
	 * counts bytes, it counts from here.
	 */
	public void inject(Direction direction, Fault fault) {
		this.faults.put(direction, fault);
		this.pipes.stream().filter((pipe) -> pipe.direction() == direction).forEach(Pipe::countFromHere);
	}

	/**
	 * Return how many bytes have passed since a fault was last injected, on the
	 * connections that are open.
	 */
	int passed(Direction direction) {
		return this.pipes.stream().filter((pipe) -> pipe.direction() == direction).mapToInt(Pipe::passed).sum();
	}

	public void clear() {
		for (Direction direction : Direction.values()) {
			inject(direction, Fault.none());
		}
	}

	/**
	 * Close all connections and refuse others.
	 */
	public void down() throws IOException {
		this.socket.close();
		try {
			// As long as it accepts, so does the socket
			this.accepting.join(10_000);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		this.pipes.forEach(Pipe::close);
	}

	public void up() throws IOException {
		this.socket = listen(this.port);
		this.accepting = accept(this.socket);
	}

	/**
	 * Reset the connections that are open.
	 */
	public void reset() {
		this.pipes.forEach(Pipe::reset);
	}

	@Override
	public void close() throws IOException {
		down();
		this.reservation.close();
	}

	private static ServerSocket listen(int port) throws IOException {
		ServerSocket socket = new ServerSocket();
		socket.setReuseAddress(true);
		socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
		return socket;
	}

	private Thread accept(ServerSocket socket) {
		return start(() -> {
			while (!socket.isClosed()) {
				try {
					connect(socket.accept());
				}
				catch (IOException ex) {
					// Down, or the server is; then others find it there again
					continue;
				}
			}
		});
	}

	private void connect(Socket client) throws IOException {
		Socket server = new Socket();
		try {
			server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), this.target));
		}
		catch (IOException ex) {
			server.close();
			client.close();
			throw ex;
		}
		Pipe upstream = new Pipe(Direction.UPSTREAM, client, server);
		Pipe downstream = new Pipe(Direction.DOWNSTREAM, server, client);
		open(upstream);
		open(downstream);
	}

	private void open(Pipe pipe) {
		this.pipes.add(pipe);
		start(() -> {
			pipe.pump(() -> this.faults.get(pipe.direction()));
			this.pipes.remove(pipe);
		});
	}

	private static Thread start(Runnable task) {
		Thread thread = new Thread(task, "fault-proxy");
		thread.setDaemon(true);
		thread.start();
		return thread;
	}

	public enum Direction {

		/**
		 * From the client to the server.
		 */
		UPSTREAM,

		/**
		 * From the server to the client.
		 */
		DOWNSTREAM

	}

}
