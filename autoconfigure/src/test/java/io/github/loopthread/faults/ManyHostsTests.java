package io.github.loopthread.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;

import javax.net.ServerSocketFactory;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;

import org.springframework.beans.DirectFieldAccessor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Calls of more hosts than one wants to remember, as an application makes that fetches
 * URLs of its users. On Linux each address in 127.0.0.0/8 is this machine.
 */
@Timeout(600)
@EnabledOnOs(OS.LINUX)
class ManyHostsTests {

	private static final int HOSTS = 200 * Integer.getInteger("storm.factor", 1);

	@AutoClose
	private static final HostileServer server = HostileServer.start(new EveryAddress(), "http://127.0.0.1");

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.create("loop.web-client.max-idle-time=50ms");

	@Test
	@DisplayName("CP6 many hosts")
	void nothingIsKeptOfHostsThatAreNotCalledAnyMore() {
		Long answers = client.loop()
			.withoutTimeout()
			.execute(Flux.range(0, HOSTS).flatMap((host) -> client.body(url(host)), 16).count());
		assertThat(answers).isEqualTo(HOSTS);
		int connections = client.connector().idleConnections();
		int pools = pools();
		await().untilAsserted(() -> assertThat(client.connector().idleConnections()).isZero());
		server.awaitNoConnection();
		await().untilAsserted(() -> assertThat(pools()).isZero());
		server.assertIsCalledAsBefore(client);
		System.out.printf("CP6 %d hosts: at first %d idle connections in %d pools, then none%n", HOSTS, connections,
				pools);
	}

	@Test
	@DisplayName("CP6 pools of hosts that are in use")
	void poolThatIsInUseIsNotTidiedAway() {
		server.answer((connection) -> connection.write(HostileServer.OK + "Content-Length: 100\n\n").stall());
		Ending ending = client.get(Duration.ofSeconds(3), server.url());
		assertThat(ending.kind()).isEqualTo(Ending.Kind.TIMED_OUT);
		server.answer((connection) -> connection.write(HostileServer.HELLO));
	}

	private static int pools() {
		Object resource = new DirectFieldAccessor(client.connector()).getPropertyValue("resource");
		Object pools = new DirectFieldAccessor(resource).getPropertyValue("opened.value.pool.channelPools");
		return ((Map<?, ?>) pools).size();
	}

	private static String url(int host) {
		return server.url().replace("127.0.0.1", "127.1.%d.%d".formatted(host / 250, 1 + host % 250));
	}

	/**
	 * Makes sockets that are bound to every address, whatever is asked for.
	 */
	private static final class EveryAddress extends ServerSocketFactory {

		@Override
		public ServerSocket createServerSocket(int port) throws IOException {
			return new ServerSocket(port);
		}

		@Override
		public ServerSocket createServerSocket(int port, int backlog) throws IOException {
			return new ServerSocket(port, backlog);
		}

		@Override
		public ServerSocket createServerSocket(int port, int backlog, InetAddress address) throws IOException {
			return new ServerSocket(port, backlog);
		}

	}

}
