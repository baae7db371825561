package io.github.loopthread.autoconfigure.metrics;

import java.util.function.ToDoubleFunction;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

import io.github.loopthread.http.LoopClientHttpConnector;

/**
 * Meters of the shared client's connections.
 */
final class ConnectionMetrics implements MeterBinder {

	private final String loop;

	private final LoopClientHttpConnector connector;

	ConnectionMetrics(String loop, LoopClientHttpConnector connector) {
		this.loop = loop;
		this.connector = connector;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		gauge(registry, "active", LoopClientHttpConnector::activeConnections);
		gauge(registry, "idle", LoopClientHttpConnector::idleConnections);
		gauge(registry, "pending", LoopClientHttpConnector::pendingRequests);
	}

	private void gauge(MeterRegistry registry, String state, ToDoubleFunction<LoopClientHttpConnector> value) {
		Gauge.builder("loop.http.connections", this.connector, value)
			.tags("loop", this.loop, "state", state)
			.description("Connections of the shared client; pending are requests that wait for one")
			.register(registry);
	}

}
