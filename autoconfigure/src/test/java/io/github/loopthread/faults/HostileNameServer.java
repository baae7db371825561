package io.github.loopthread.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * A name server on a loopback port that answers as the test says.
 */
final class HostileNameServer implements AutoCloseable {

	private static final int HEADER = 12;

	private static final short ADDRESS = 1;

	private static final short ALIAS = 5;

	private final DatagramSocket socket;

	private final AtomicInteger queries = new AtomicInteger();

	private volatile Answer answer = (query) -> null;

	HostileNameServer() {
		try {
			this.socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		Thread thread = new Thread(this::serve, "hostile-name-server");
		thread.setDaemon(true);
		thread.start();
	}

	InetSocketAddress address() {
		return (InetSocketAddress) this.socket.getLocalSocketAddress();
	}

	void answer(Answer answer) {
		this.answer = answer;
	}

	/**
	 * Return how many queries there were since the last call.
	 */
	int takeQueries() {
		return this.queries.getAndSet(0);
	}

	@Override
	public void close() {
		this.socket.close();
	}

	/**
	 * Return an answer without records.
	 */
	static byte[] code(byte[] query, int code) {
		return answer(query, code, 0).array();
	}

	/**
	 * Return an answer with an IPv4 address, or with what is said to be one.
	 */
	static byte[] address(byte[] query, byte[] address) {
		return record(query, ADDRESS, address);
	}

	static byte[] alias(byte[] query, byte[] name) {
		return record(query, ALIAS, name);
	}

	/**
	 * Return the name that a query asks for, as it is encoded.
	 */
	static byte[] name(byte[] query) {
		int end = HEADER;
		while (query[end] != 0) {
			end += query[end] + 1;
		}
		return Arrays.copyOfRange(query, HEADER, end + 1);
	}

	private static byte[] record(byte[] query, short type, byte[] data) {
		int size = 12 + data.length;
		// The name of the question, type, class IN, time to live
		return answer(query, 0, size).putShort((short) 0xc00c)
			.putShort(type)
			.putShort((short) 1)
			.putInt(0)
			.putShort((short) data.length)
			.put(data)
			.array();
	}

	private static ByteBuffer answer(byte[] query, int code, int sizeOfRecord) {
		int question = name(query).length + 4;
		return ByteBuffer.allocate(HEADER + question + sizeOfRecord)
			.put(query, 0, 2)
			.putShort((short) (0x8180 | code))
			.putShort((short) 1)
			.putShort((short) ((sizeOfRecord > 0) ? 1 : 0))
			.putInt(0)
			.put(query, HEADER, question);
	}

	private void serve() {
		while (!this.socket.isClosed()) {
			try {
				DatagramPacket packet = new DatagramPacket(new byte[512], 512);
				this.socket.receive(packet);
				this.queries.incrementAndGet();
				byte[] answer = this.answer.to(packet.getData());
				if (answer != null) {
					this.socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
				}
			}
			catch (IOException ex) {
				// Closed, or nobody waits for the answer any more
				continue;
			}
		}
	}

	/**
	 * What is answered.
	 */
	interface Answer {

		byte @Nullable [] to(byte[] query);

	}

}
