package io.github.loopthread.http;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

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
	 * Return the hosts to which there is no connection, and for which none is waited. Not
	 * those that are in use under another address, nor the address that stands for all:
	 * to dispose of these would be to dispose of others.
	 */
	Set<SocketAddress> unusedHosts() {
		Set<String> used = this.pools.values()
			.stream()
			.filter(HostPool::isInUse)
			.map(HostPool::name)
			.collect(Collectors.toSet());
		return this.pools.values()
			.stream()
			.filter((pool) -> !used.contains(pool.name()) && !pool.standsForAll())
			.map(HostPool::host)
			.collect(Collectors.toSet());
	}

	/**
	 * Forget a host whose pools have been disposed of, under all its addresses.
	 */
	void forget(SocketAddress host) {
		this.pools.values().removeIf((pool) -> pool.name().equals(HostPool.name(host)));
	}

	private static String key(String id, SocketAddress remoteAddress) {
		return id + " " + remoteAddress;
	}

	private record HostPool(SocketAddress host, ConnectionPoolMetrics metrics) {

		String name() {
			return name(this.host);
		}

		static String name(SocketAddress host) {
			return (host instanceof InetSocketAddress address)
					? "%s:%d".formatted(address.getHostString().toLowerCase(Locale.ROOT), address.getPort())
					: host.toString();
		}

		boolean standsForAll() {
			return this.host instanceof InetSocketAddress address && address.getAddress() != null
					&& address.getAddress().isAnyLocalAddress();
		}

		boolean isInUse() {
			return this.metrics.allocatedSize() + this.metrics.pendingAcquireSize() > 0;
		}

	}

}
