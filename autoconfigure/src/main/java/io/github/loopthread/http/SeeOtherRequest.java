package io.github.loopthread.http;

import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpRequestDecorator;

/**
 * The {@code GET} to which the response to another method has led, as a 303 does. Spring
 * writes such a request as it has written the first, but the body was meant for that one
 * alone, and so were the headers that describe it.
 */
final class SeeOtherRequest extends ClientHttpRequestDecorator {

	SeeOtherRequest(ClientHttpRequest request) {
		super(request);
		request.beforeCommit(() -> Mono.fromRunnable(request.getHeaders()::clearContentHeaders));
	}

	@Override
	public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
		// A body in one piece is there already, one in several is not begun
		Mono<Void> passedOver = (body instanceof Mono<? extends DataBuffer> piece)
				? piece.doOnNext(DataBufferUtils::release).then() : Mono.empty();
		return passedOver.then(setComplete());
	}

	@Override
	public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
		return setComplete();
	}

}
