package io.github.loopthread.http;

import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.http.client.reactive.ClientHttpRequest;

/**
 * Writes the request of an exchange, and lets go of both when the exchange has ended.
 * Reactor Netty keeps the callback of the first request on a connection for as long as
 * the connection is open, and with it would keep that request and its caller's values.
 */
final class RequestCallback implements Function<ClientHttpRequest, Mono<Void>> {

	// Written when the exchange begins and ends, read by the loop

	private volatile @Nullable HttpExchange exchange;

	private volatile @Nullable Function<? super ClientHttpRequest, Mono<Void>> callback;

	RequestCallback(HttpExchange exchange, Function<? super ClientHttpRequest, Mono<Void>> callback) {
		this.exchange = exchange;
		this.callback = callback;
	}

	@Override
	public Mono<Void> apply(ClientHttpRequest request) {
		HttpExchange exchange = this.exchange;
		Function<? super ClientHttpRequest, Mono<Void>> callback = this.callback;
		if (exchange == null || callback == null) {
			return Mono.error(new IllegalStateException("The exchange has ended before its request was written"));
		}
		exchange.sending(request);
		if (RedirectedRequest.isElsewhere(request)) {
			request.beforeCommit(() -> Mono.fromRunnable(request.getCookies()::clear));
		}
		ClientHttpRequest written = RedirectedRequest.isSeeOther(request) ? new SeeOtherRequest(request)
				: BoundaryRequest.of(request, exchange);
		// Deferred, so that what the callback throws is thrown behind the guard
		Mono<Void> sent = Mono.defer(() -> callback.apply(written));
		return ProducerSubscriber.guardWriting(sent, exchange);
	}

	void release() {
		this.exchange = null;
		this.callback = null;
	}

}
