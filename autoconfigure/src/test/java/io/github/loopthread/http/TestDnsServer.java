package io.github.loopthread.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * A name server on a loopback port that knows every name: its address is 127.0.0.1,
 * unless the test says otherwise.
 */
public final class TestDnsServer implements AutoCloseable {

	private static final int IPV4 = 1;

	private static final int IPV6 = 28;

	private final DatagramSocket socket = new DatagramSocket(
			new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));

	private final AtomicInteger queries = new AtomicInteger();

	private final Function<? super String, ? extends List<byte[]>> addresses;

	private final int secondsToLive;

	public TestDnsServer() throws SocketException {
		this((name) -> List.of(new byte[] { 127, 0, 0, 1 }), 60);
	}

	/**
	 * Create a server whose answers nobody may keep.
	 * @param addresses returns the addresses of a name, of four or of sixteen bytes, and
	 * is asked once for each kind
	 */
	public TestDnsServer(Function<? super String, ? extends List<byte[]>> addresses) throws SocketException {
		this(addresses, 0);
	}

	private TestDnsServer(Function<? super String, ? extends List<byte[]>> addresses, int secondsToLive)
			throws SocketException {
		this.addresses = addresses;
		this.secondsToLive = secondsToLive;
		Thread thread = new Thread(this::serve, "test-dns");
		thread.setDaemon(true);
		thread.start();
	}

	public InetSocketAddress address() {
		return (InetSocketAddress) this.socket.getLocalSocketAddress();
	}

	public int queries() {
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

	private byte[] answer(byte[] query) {
		StringBuilder name = new StringBuilder();
		int endOfName = 12;
		while (query[endOfName] != 0) {
			name.append(new String(query, endOfName + 1, query[endOfName], StandardCharsets.US_ASCII)).append('.');
			endOfName += query[endOfName] + 1;
		}
		int endOfQuestion = endOfName + 5;
		int type = query[endOfName + 2];
		int length = (type == IPV4) ? 4 : 16;
		List<byte[]> found = (type != IPV4 && type != IPV6) ? List.of()
				: this.addresses.apply(name.toString().toLowerCase(Locale.ROOT))
					.stream()
					.filter((address) -> address.length == length)
					.toList();
		ByteBuffer answer = ByteBuffer.allocate(512);
		answer.put(query, 0, 2).putShort((short) 0x8180).putShort((short) 1).putShort((short) found.size());
		answer.putInt(0).put(query, 12, endOfQuestion - 12);
		for (byte[] address : found) {
			// The name of the question, type, class IN, time to live
			answer.putShort((short) 0xc00c).putShort((short) type).putShort((short) 1).putInt(this.secondsToLive);
			answer.putShort((short) length).put(address);
		}
		byte[] bytes = new byte[answer.position()];
		answer.flip().get(bytes);
		return bytes;
	}

}
