package io.github.loopthread.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.Deque;

import io.netty.channel.ConnectTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;

import io.github.loopthread.faults.Ending.Kind;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server whose queue of connections is full. The system lets it drop further attempts,
 * so that for the client nobody is there.
 */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class UnreachableServerTests {

	@AutoClose
	private static final HostileServer other = HostileServer.start();

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.create();

	@RegisterExtension
	private static final DefaultClient impatient = DefaultClient.create("spring.http.clients.connect-timeout=200ms");

	private final Deque<Socket> queue = new ArrayDeque<>();

	private ServerSocket server;

	@BeforeEach
	void fillQueue() throws IOException {
		this.server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
		try {
			while (this.queue.size() < 20) {
				Socket socket = new Socket();
				this.queue.push(socket);
				socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), this.server.getLocalPort()),
						200);
			}
		}
		catch (SocketTimeoutException ex) {
			// Full
			return;
		}
		throw new IllegalStateException("The queue does not become full");
	}

	@AfterEach
	void close() throws IOException {
		for (Socket socket : this.queue) {
			socket.close();
		}
		this.server.close();
	}

	@Test
	@DisplayName("H2 connect timeout")
	void attemptEndsAtConnectTimeout() {
		Ending ending = impatient.get(DefaultClient.LONG, url());
		assertThat(ending.kind()).isEqualTo(Kind.NO_RESPONSE);
		assertThat(ending.failure()).hasCauseInstanceOf(ConnectTimeoutException.class).hasMessageContaining("200 ms");
		other.assertIsCalledAsBefore(impatient);
	}

	@Test
	@DisplayName("H2 deadline before the connect timeout")
	void deadlineEndsAttempt() {
		assertThat(client.get(DefaultClient.SHORT, url()).kind()).isEqualTo(Kind.TIMED_OUT);
		other.assertIsCalledAsBefore(client);
		client.stopAtOnce();
	}

	private String url() {
		return "http://127.0.0.1:%d/".formatted(this.server.getLocalPort());
	}

}
