package io.github.loopthread;

import java.net.SocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import reactor.netty.resources.ConnectionPoolMetrics;
import reactor.netty.resources.ConnectionProvider;

/**
 * Counts the connections that are lent out, those that are not, and the callers that wait
 * for one, over all pools that were made with it.
 */
public final class PoolCensus implements ConnectionProvider.MeterRegistrar {

	private final Queue<ConnectionPoolMetrics> pools = new ConcurrentLinkedQueue<>();

	/**
	 * Have a pool counted.
	 */
	public void count(ConnectionProvider.Builder pool) {
		pool.metrics(true, () -> this);
	}

	public int acquired() {
		return this.pools.stream().mapToInt(ConnectionPoolMetrics::acquiredSize).sum();
	}

	public int idle() {
		return this.pools.stream().mapToInt(ConnectionPoolMetrics::idleSize).sum();
	}

	public int pending() {
		return this.pools.stream().mapToInt(ConnectionPoolMetrics::pendingAcquireSize).sum();
	}

	@Override
	public void registerMetrics(String name, String id, SocketAddress remoteAddress, ConnectionPoolMetrics metrics) {
		this.pools.add(metrics);
	}

	@Override
	public void deRegisterMetrics(String name, String id, SocketAddress remoteAddress) {
		// They are to be zero also when the pool has been closed
	}

	@Override
	public String toString() {
		return "%d acquired, %d pending".formatted(acquired(), pending());
	}

}
