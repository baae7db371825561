package io.github.loopthread.http;

import java.util.Set;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

import org.springframework.http.client.reactive.ClientHttpResponse;

import io.github.loopthread.BoundarySubscriber;
import io.github.loopthread.LoopStoppedException;

/**
 * Waits for the response of an exchange. It ends with the transport at the latest: a
 * connection that is still being made would otherwise never say that the loop has ended.
 */
final class ResponseSubscriber extends BoundarySubscriber<ClientHttpResponse> {

	private final HttpExchange exchange;

	private final Set<ResponseSubscriber> waiting;

	// Written by the loop, read by whoever cancels
	private volatile boolean responded;

	ResponseSubscriber(HttpExchange exchange, CoreSubscriber<? super ClientHttpResponse> downstream,
			Set<ResponseSubscriber> waiting) {
		super(exchange.boundary(), downstream);
		this.exchange = exchange;
		this.waiting = waiting;
	}

	@Override
	public void onSubscribe(Subscription upstream) {
		this.exchange.begin();
		super.onSubscribe(this.exchange.cancelledOnLoop(upstream));
		this.waiting.add(this);
		// It may have ended before it was there to be taken away
		if (hasEnded()) {
			this.waiting.remove(this);
		}
	}

	@Override
	public void onNext(ClientHttpResponse response) {
		if (hasEnded()) {
			// The network hears of a cancel later, and would then drain the body to its
			// end, if it has one
			response.getBody().subscribe(new CancellingSubscriber());
			return;
		}
		this.responded = true;
		this.exchange.receiving();
		super.onNext(new BoundaryResponse(response, this.exchange));
	}

	@Override
	public void cancel() {
		super.cancel();
		// Whoever drains the body now does not do so for the task
		this.exchange.end();
	}

	@Override
	public String toString() {
		return this.exchange.describe();
	}

	@Override
	protected void onEnd() {
		this.waiting.remove(this);
		if (!this.responded) {
			this.exchange.end();
		}
	}

	/**
	 * End with the loop. Called on the loop thread.
	 */
	void stop() {
		stop(new LoopStoppedException(this.exchange.describe(), null));
	}

}
