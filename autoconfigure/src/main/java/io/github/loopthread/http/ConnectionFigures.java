package io.github.loopthread.http;

import java.net.SocketAddress;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
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
	private final Map<String, HostPool> pools = new ConcurrentHashMap<>();

	@Override
	public void registerMetrics(String name, String id, SocketAddress remoteAddress, ConnectionPoolMetrics metrics) {
		// Under this name HTTP/2 counts the connections of another pool once more
		if (!name.startsWith("http2.")) {
			this.pools.put(key(id, remoteAddress), new HostPool(remoteAddress, metrics));
		}
	}

	@Override
	public void deRegisterMetrics(String name, String id, SocketAddress remoteAddress) {
		if (!name.startsWith("http2.")) {
			this.pools.remove(key(id, remoteAddress));
		}
	}

	int sum(ToIntFunction<ConnectionPoolMetrics> figure) {
		return this.pools.values().stream().map(HostPool::metrics).mapToInt(figure).sum();
	}

	/**
	 * Return the hosts to which there is no connection, and for which none is waited.
	 */
	Set<SocketAddress> unusedHosts() {
		Set<SocketAddress> hosts = new HashSet<>();
		this.pools.values().stream().map(HostPool::host).forEach(hosts::add);
		this.pools.values().stream().filter(HostPool::isInUse).map(HostPool::host).forEach(hosts::remove);
		return hosts;
	}

	private static String key(String id, SocketAddress remoteAddress) {
		return id + " " + remoteAddress;
	}

	private record HostPool(SocketAddress host, ConnectionPoolMetrics metrics) {

		boolean isInUse() {
			return this.metrics.allocatedSize() + this.metrics.pendingAcquireSize() > 0;
		}

	}

}
