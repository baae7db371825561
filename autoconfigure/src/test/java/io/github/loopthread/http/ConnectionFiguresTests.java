package io.github.loopthread.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

import org.junit.jupiter.api.Test;
import reactor.netty.resources.ConnectionPoolMetrics;

import static org.assertj.core.api.Assertions.assertThat;

class ConnectionFiguresTests {

	private final ConnectionFigures figures = new ConnectionFigures();

	@Test
	void hostWithoutConnectionIsUnused() {
		SocketAddress host = InetSocketAddress.createUnresolved("shop", 443);
		add(host, 0);
		assertThat(this.figures.unusedHosts()).containsExactly(host);
	}

	@Test
	void hostIsInUseUnderAnyOfItsAddresses() throws Exception {
		add(address("api", 1), 0);
		add(address("API", 2), 1);
		assertThat(this.figures.unusedHosts()).isEmpty();
	}

	@Test
	void addressThatStandsForAllIsLeftAlone() {
		add(new InetSocketAddress(8080), 0);
		assertThat(this.figures.unusedHosts()).isEmpty();
	}

	@Test
	void hostIsForgottenUnderAllItsAddresses() throws Exception {
		add(address("api", 1), 0);
		add(address("api", 2), 0);
		this.figures.forget(address("api", 1));
		assertThat(this.figures.unusedHosts()).isEmpty();
	}

	private static InetSocketAddress address(String name, int last) throws Exception {
		return new InetSocketAddress(InetAddress.getByAddress(name, new byte[] { 127, 0, 0, (byte) last }), 443);
	}

	private void add(SocketAddress host, int connections) {
		this.figures.registerMetrics("http", host.toString(), host, new Connections(connections));
	}

	private record Connections(int acquiredSize) implements ConnectionPoolMetrics {

		@Override
		public int allocatedSize() {
			return this.acquiredSize;
		}

		@Override
		public int idleSize() {
			return 0;
		}

		@Override
		public int pendingAcquireSize() {
			return 0;
		}

		@Override
		public int maxAllocatedSize() {
			return 10;
		}

		@Override
		public int maxPendingAcquireSize() {
			return 10;
		}

	}

}
