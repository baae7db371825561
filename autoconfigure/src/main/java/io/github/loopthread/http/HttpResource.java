package io.github.loopthread.http;

import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;

import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionPoolMetrics;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.http.client.reactive.ClientHttpConnector;

import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopThread;

/**
 * A new {@link HttpTransport} for each life of the loop.
 */
final class HttpResource extends LoopResource<HttpTransport> {

	private final Consumer<? super ConnectionProvider.Builder> pool;

	private final BiFunction<? super HttpClient, ? super UnaryOperator<HttpClient>, ? extends ClientHttpConnector> connector;

	HttpResource(Consumer<? super ConnectionProvider.Builder> pool,
			BiFunction<? super HttpClient, ? super UnaryOperator<HttpClient>, ? extends ClientHttpConnector> connector) {
		super("http");
		this.pool = pool;
		this.connector = connector;
	}

	/**
	 * Return a figure, summed over the pools of the running loop; zero while none runs.
	 */
	int sum(ToIntFunction<ConnectionPoolMetrics> figure) {
		HttpTransport transport = current();
		return (transport != null) ? transport.figures().sum(figure) : 0;
	}

	@Override
	protected Mono<HttpTransport> open(LoopThread loop) {
		return Mono.fromSupplier(() -> new HttpTransport(loop, this.pool, this.connector));
	}

	@Override
	protected Mono<Void> close(HttpTransport transport) {
		return transport.close();
	}

}
