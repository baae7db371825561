package io.github.loopthread.http;

import java.nio.file.Path;

import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.ZeroCopyHttpOutputMessage;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpRequestDecorator;

/**
 * A request whose body passes the boundary, on its way from the task to the network.
 */
class BoundaryRequest extends ClientHttpRequestDecorator {

	private final HttpExchange exchange;

	private BoundaryRequest(ClientHttpRequest request, HttpExchange exchange) {
		super(request);
		this.exchange = exchange;
	}

	static ClientHttpRequest of(ClientHttpRequest request, HttpExchange exchange) {
		return (request instanceof ZeroCopyHttpOutputMessage file) ? new FileRequest(request, file, exchange)
				: new BoundaryRequest(request, exchange);
	}

	@Override
	public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
		return super.writeWith(this.exchange.produce(body));
	}

	@Override
	public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
		return super.writeAndFlushWith(this.exchange.produce(Flux.from(body).map(this.exchange::produce)));
	}

	/**
	 * A request that can also send a file without reading it.
	 */
	private static final class FileRequest extends BoundaryRequest implements ZeroCopyHttpOutputMessage {

		private final ZeroCopyHttpOutputMessage request;

		FileRequest(ClientHttpRequest request, ZeroCopyHttpOutputMessage file, HttpExchange exchange) {
			super(request, exchange);
			this.request = file;
		}

		@Override
		public Mono<Void> writeWith(Path file, long position, long count) {
			return this.request.writeWith(file, position, count);
		}

	}

}
