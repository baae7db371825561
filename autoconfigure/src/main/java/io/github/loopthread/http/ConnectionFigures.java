package io.github.loopthread.http;

import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;

import reactor.netty.resources.ConnectionPoolMetrics;
import reactor.netty.resources.ConnectionProvider;

/**
 * What the connection pools of one life of the loop, one for each host, say of themselves
 * when they are asked. They count in any case, so that this costs an exchange nothing.
 */
final class ConnectionFigures implements ConnectionProvider.MeterRegistrar {

	// Written by the loop, read by any thread
	private final Map<String, ConnectionPoolMetrics> pools = new ConcurrentHashMap<>();

	@Override
	public void registerMetrics(String name, String id, SocketAddress remoteAddress, ConnectionPoolMetrics metrics) {
		// Under this name HTTP/2 counts the connections of another pool once more
		if (!name.startsWith("http2.")) {
			this.pools.put(key(id, remoteAddress), metrics);
		}
	}

	@Override
	public void deRegisterMetrics(String name, String id, SocketAddress remoteAddress) {
		if (!name.startsWith("http2.")) {
			this.pools.remove(key(id, remoteAddress));
		}
	}

	int sum(ToIntFunction<ConnectionPoolMetrics> figure) {
		return this.pools.values().stream().mapToInt(figure).sum();
	}

	private static String key(String id, SocketAddress remoteAddress) {
		return id + " " + remoteAddress;
	}

}
