package io.github.loopthread.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A name server on a loopback port that knows one address for every name: 127.0.0.1.
 */
final class TestDnsServer implements AutoCloseable {

	private final DatagramSocket socket = new DatagramSocket(
			new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));

	private final AtomicInteger queries = new AtomicInteger();

	TestDnsServer() throws SocketException {
		Thread thread = new Thread(this::serve, "test-dns");
		thread.setDaemon(true);
		thread.start();
	}

	InetSocketAddress address() {
		return (InetSocketAddress) this.socket.getLocalSocketAddress();
	}

	int queries() {
		return this.queries.get();
	}

	@Override
	public void close() {
		this.socket.close();
	}

	private void serve() {
		try {
			while (!this.socket.isClosed()) {
				DatagramPacket packet = new DatagramPacket(new byte[512], 512);
				this.socket.receive(packet);
				this.queries.incrementAndGet();
				byte[] answer = answer(packet.getData());
				this.socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
			}
		}
		catch (IOException ex) {
			if (!this.socket.isClosed()) {
				throw new UncheckedIOException(ex);
			}
		}
	}

	private static byte[] answer(byte[] query) {
		int endOfName = 12;
		while (query[endOfName] != 0) {
			endOfName += query[endOfName] + 1;
		}
		int endOfQuestion = endOfName + 5;
		boolean ipv4 = query[endOfName + 2] == 1;
		ByteBuffer answer = ByteBuffer.allocate(512);
		answer.put(query, 0, 2).putShort((short) 0x8180).putShort((short) 1).putShort((short) (ipv4 ? 1 : 0));
		answer.putInt(0).put(query, 12, endOfQuestion - 12);
		if (ipv4) {
			// The name of the question, type A, class IN, a minute to live, four bytes
			answer.putShort((short) 0xc00c).putShort((short) 1).putShort((short) 1).putInt(60).putShort((short) 4);
			answer.put(new byte[] { 127, 0, 0, 1 });
		}
		byte[] bytes = new byte[answer.position()];
		answer.flip().get(bytes);
		return bytes;
	}

}
