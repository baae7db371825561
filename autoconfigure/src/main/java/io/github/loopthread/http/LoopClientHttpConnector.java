package io.github.loopthread.http;

import java.net.URI;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;

import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionPoolMetrics;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.util.Assert;

import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopResource;

/**
 * Connects a {@code WebClient} to the loop.
 * <p>
 * <b>Guarantees.</b> Connections, their pool, name resolution and TLS live on the loop
 * thread. A client with this connector works again after the loop has been restarted.
 * While the loop is not running, an exchange fails at once with a
 * {@link LoopNotRunningException}, which a {@code WebClient} used directly wraps in its
 * own exception, and nothing is opened. While the loop drains, so does an exchange that
 * belongs to no task. Whoever cancels an exchange, on whatever thread, the network hears
 * of it on the loop, and neither a buffer nor a connection is lost.
 * <p>
 * It holds nothing itself: what it connects with is the {@link #resource resource} of the
 * running loop.
 *
 * @since 1.0.0
 */
public final class LoopClientHttpConnector implements ClientHttpConnector {

	private final LoopResource<? extends ClientHttpConnector> resource;

	/**
	 * Create a connector.
	 * @param resource what connects while the loop runs, see {@link #resource}
	 * @throws IllegalArgumentException when the resource is {@code null}
	 */
	public LoopClientHttpConnector(LoopResource<? extends ClientHttpConnector> resource) {
		Assert.notNull(resource, "'resource' must not be null");
		this.resource = resource;
	}

	/**
	 * Create the resource that connects while the loop runs: a connection pool, a
	 * resolver, and a connector that uses them, made on the loop at each start.
	 * @param pool sets the limits of the connection pool
	 * @param connector makes the connector: is given a client that has the pool, and what
	 * must be applied to that client after everything else to keep it on the loop
	 * @return the resource, to be given to the loop
	 * @throws IllegalArgumentException when an argument is {@code null}
	 */
	public static LoopResource<? extends ClientHttpConnector> resource(
			Consumer<? super ConnectionProvider.Builder> pool,
			BiFunction<? super HttpClient, ? super UnaryOperator<HttpClient>, ? extends ClientHttpConnector> connector) {
		Assert.notNull(pool, "'pool' must not be null");
		Assert.notNull(connector, "'connector' must not be null");
		return new HttpResource(pool, connector);
	}

	/**
	 * Return how many connections are in use.
	 * @return the number of connections, zero while the loop is not running
	 */
	public int activeConnections() {
		return sum(ConnectionPoolMetrics::acquiredSize);
	}

	/**
	 * Return how many open connections are not in use.
	 * @return the number of connections, zero while the loop is not running
	 */
	public int idleConnections() {
		return sum(ConnectionPoolMetrics::idleSize);
	}

	/**
	 * Return how many requests wait for a connection.
	 * @return the number of requests, zero while the loop is not running
	 */
	public int pendingRequests() {
		return sum(ConnectionPoolMetrics::pendingAcquireSize);
	}

	@Override
	public Mono<ClientHttpResponse> connect(HttpMethod method, URI uri,
			Function<? super ClientHttpRequest, Mono<Void>> requestCallback) {
		return Mono.defer(() -> this.resource.get().connect(method, uri, requestCallback));
	}

	private int sum(ToIntFunction<ConnectionPoolMetrics> figure) {
		// A resource of somebody else's has no figures
		return (this.resource instanceof HttpResource http) ? http.sum(figure) : 0;
	}

}
