package io.github.loopthread.http;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

import org.springframework.http.client.reactive.ClientHttpResponse;

import io.github.loopthread.LoopStoppedException;

/**
 * Waits for the response of an exchange. It ends with the transport at the latest: a
 * connection that is still being made would otherwise never say that the loop has ended.
 */
final class ResponseSubscriber extends BoundarySubscriber<ClientHttpResponse> {

	private final HttpTransport transport;

	// Written and read by the loop
	private boolean responded;

	ResponseSubscriber(HttpExchange exchange, CoreSubscriber<? super ClientHttpResponse> downstream,
			HttpTransport transport) {
		super(exchange, downstream);
		this.transport = transport;
	}

	@Override
	public void onSubscribe(Subscription upstream) {
		exchange().begin();
		super.onSubscribe(upstream);
		this.transport.add(this);
		// It may have ended before it was there to be taken away
		if (hasEnded()) {
			this.transport.remove(this);
		}
	}

	@Override
	public void onNext(ClientHttpResponse response) {
		this.responded = true;
		exchange().receiving();
		super.onNext(new BoundaryResponse(response, exchange()));
	}

	@Override
	void onEnd() {
		this.transport.remove(this);
		if (!this.responded) {
			exchange().end();
		}
	}

	/**
	 * End with the loop. Called on the loop thread.
	 */
	void stop() {
		stop(new LoopStoppedException(exchange().describe(), null));
	}

}
