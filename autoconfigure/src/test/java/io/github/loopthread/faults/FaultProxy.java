package io.github.loopthread.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

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

	private final AtomicReference<ServerSocket> socket = new AtomicReference<>();

	private final AtomicReference<Thread> accepting = new AtomicReference<>();

	private final int port;

	public FaultProxy(int target) throws IOException {
		this.target = target;
		clear();
		this.port = listen(0);
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

	public void clear() {
		for (Direction direction : Direction.values()) {
			inject(direction, Fault.none());
		}
	}

	/**
	 * Close all connections and refuse others.
	 */
	public void down() throws IOException {
		this.socket.get().close();
		try {
			// As long as it accepts, so does the socket
			this.accepting.get().join(10_000);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		this.pipes.forEach(Pipe::close);
	}

	public void up() throws IOException {
		listen(this.port);
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
	}

	private int listen(int port) throws IOException {
		ServerSocket socket = new ServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress());
		this.socket.set(socket);
		this.accepting.set(start(() -> accept(socket)));
		return socket.getLocalPort();
	}

	private void accept(ServerSocket socket) {
		try {
			while (true) {
				Socket client = socket.accept();
				connect(client);
			}
		}
		catch (IOException ex) {
			// Down
			return;
		}
	}

	private void connect(Socket client) throws IOException {
		Socket server = new Socket(InetAddress.getLoopbackAddress(), this.target);
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
