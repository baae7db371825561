package io.github.loopthread.http;

import java.util.Set;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

import org.springframework.http.client.reactive.ClientHttpResponse;

import io.github.loopthread.LoopStoppedException;

/**
 * Waits for the response of an exchange. It ends with the transport at the latest: a
 * connection that is still being made would otherwise never say that the loop has ended.
 */
final class ResponseSubscriber extends BoundarySubscriber<ClientHttpResponse> {

	private final Set<ResponseSubscriber> waiting;

	// Written by the loop, read by whoever cancels
	private volatile boolean responded;

	ResponseSubscriber(HttpExchange exchange, CoreSubscriber<? super ClientHttpResponse> downstream,
			Set<ResponseSubscriber> waiting) {
		super(exchange, downstream);
		this.waiting = waiting;
	}

	@Override
	public void onSubscribe(Subscription upstream) {
		exchange().begin();
		super.onSubscribe(upstream);
		this.waiting.add(this);
		// It may have ended before it was there to be taken away
		if (hasEnded()) {
			this.waiting.remove(this);
		}
	}

	@Override
	public void onNext(ClientHttpResponse response) {
		this.responded = true;
		exchange().receiving();
		super.onNext(new BoundaryResponse(response, exchange()));
	}

	@Override
	public void cancel() {
		super.cancel();
		// Whoever drains the body now does not do so for the task
		exchange().end();
	}

	@Override
	void onEnd() {
		this.waiting.remove(this);
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
