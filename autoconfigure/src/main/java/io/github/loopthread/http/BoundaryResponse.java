package io.github.loopthread.http;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.http.client.reactive.ClientHttpResponseDecorator;

import io.github.loopthread.BoundarySubscriber;

/**
 * A response whose body passes the boundary too.
 */
final class BoundaryResponse extends ClientHttpResponseDecorator {

	private final HttpExchange exchange;

	BoundaryResponse(ClientHttpResponse response, HttpExchange exchange) {
		super(response);
		this.exchange = exchange;
	}

	@Override
	public Flux<DataBuffer> getBody() {
		Flux<DataBuffer> body = super.getBody();
		return new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super DataBuffer> downstream) {
				body.subscribe(new BodySubscriber(BoundaryResponse.this.exchange, downstream));
			}

		};
	}

	private static final class BodySubscriber extends BoundarySubscriber<DataBuffer> {

		private final HttpExchange exchange;

		BodySubscriber(HttpExchange exchange, CoreSubscriber<? super DataBuffer> downstream) {
			super(exchange.boundary(), downstream);
			this.exchange = exchange;
		}

		@Override
		public void onSubscribe(Subscription upstream) {
			super.onSubscribe(this.exchange.cancelledOnLoop(upstream));
		}

		@Override
		public void onComplete() {
			Throwable failure = this.exchange.bodyFailure();
			if (failure != null) {
				// The network has ended the response with it, however much has come
				onError(failure);
				return;
			}
			super.onComplete();
		}

		@Override
		protected void onEnd() {
			this.exchange.end();
		}

	}

}
