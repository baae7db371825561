package io.github.loopthread.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.github.loopthread.faults.FaultProxy.Direction;

/**
 * One direction of a connection through a {@link FaultProxy}.
 */
public final class Pipe {

	private final Direction direction;

	private final Socket from;

	private final Socket to;

	private final CountDownLatch closed = new CountDownLatch(1);

	private volatile int passed;

	Pipe(Direction direction, Socket from, Socket to) {
		this.direction = direction;
		this.from = from;
		this.to = to;
	}

	Direction direction() {
		return this.direction;
	}

	/**
	 * Pass on what comes until one of the two sides is closed.
	 */
	void pump(Supplier<Fault> fault) {
		byte[] buffer = new byte[8192];
		try {
			this.to.setTcpNoDelay(true);
			InputStream in = this.from.getInputStream();
			for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
				fault.get().pass(buffer, count, this);
			}
			fault.get().end(this);
		}
		catch (IOException ex) {
			// One side was reset, or the other direction has closed both
			reset();
		}
	}

	void countFromHere() {
		this.passed = 0;
	}

	/**
	 * Return how many bytes have passed since the fault was injected.
	 */
	int passed() {
		return this.passed;
	}

	void write(byte[] bytes, int offset, int count) throws IOException {
		// Written by one thread but for the moment when a fault is injected. Before
		// anybody can have the bytes
		int passed = this.passed;
		this.passed = passed + count;
		this.to.getOutputStream().write(bytes, offset, count);
	}

	/**
	 * Wait, at most until the connection is closed.
	 */
	void pause(Duration duration) {
		await(this.closed, duration);
	}

	void await(CountDownLatch latch, Duration atMost) {
		try {
			boolean early = latch.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
			assert early || latch.getCount() > 0;
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Tell the one side that nothing more will come from the other.
	 */
	void end() throws IOException {
		this.to.shutdownOutput();
		if (this.from.isOutputShutdown()) {
			close();
		}
	}

	void close() {
		this.closed.countDown();
		try {
			this.from.close();
			this.to.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Close so that both sides are told that the connection was reset.
	 */
	void reset() {
		for (Socket socket : new Socket[] { this.from, this.to }) {
			try {
				socket.setSoLinger(true, 0);
			}
			catch (SocketException ex) {
				// Closed already
				continue;
			}
		}
		close();
	}

}
