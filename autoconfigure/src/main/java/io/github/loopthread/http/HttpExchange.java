package io.github.loopthread.http;

import java.net.URI;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpResponse;

import io.github.loopthread.LoopStoppedException;

/**
 * An exchange that has no response yet. It ends with its transport at the latest: a
 * connection that is still being made would otherwise never say that the loop has ended.
 */
final class HttpExchange implements CoreSubscriber<ClientHttpResponse>, Subscription {

	private final HttpMethod method;

	private final URI uri;

	private final CoreSubscriber<? super ClientHttpResponse> downstream;

	private final HttpTransport transport;

	private final AtomicBoolean ended = new AtomicBoolean();

	private @Nullable Subscription upstream;

	HttpExchange(HttpMethod method, URI uri, CoreSubscriber<? super ClientHttpResponse> downstream,
			HttpTransport transport) {
		this.method = method;
		this.uri = uri;
		this.downstream = downstream;
		this.transport = transport;
	}

	static Mono<ClientHttpResponse> track(HttpMethod method, URI uri, Mono<ClientHttpResponse> source,
			HttpTransport transport) {
		return new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super ClientHttpResponse> downstream) {
				source.subscribe(new HttpExchange(method, uri, downstream, transport));
			}

		};
	}

	@Override
	public void onSubscribe(Subscription upstream) {
		this.upstream = upstream;
		this.downstream.onSubscribe(this);
		this.transport.add(this);
		// It may have ended before it was there to be taken away
		if (this.ended.get()) {
			this.transport.remove(this);
		}
	}

	@Override
	public void onNext(ClientHttpResponse response) {
		this.downstream.onNext(response);
	}

	@Override
	public void onError(Throwable ex) {
		if (end()) {
			this.downstream.onError(ex);
		}
	}

	@Override
	public void onComplete() {
		if (end()) {
			this.downstream.onComplete();
		}
	}

	@Override
	public Context currentContext() {
		return this.downstream.currentContext();
	}

	@Override
	public void request(long n) {
		upstream().request(n);
	}

	@Override
	public void cancel() {
		end();
		upstream().cancel();
	}

	/**
	 * End the exchange with the loop. Called on the loop thread.
	 */
	void stop() {
		if (end()) {
			upstream().cancel();
			// Neither query nor user info, which may hold secrets
			this.downstream.onError(new LoopStoppedException("%s %s://%s%s".formatted(this.method, this.uri.getScheme(),
					hostAndPort(), (this.uri.getRawPath() != null) ? this.uri.getRawPath() : ""), null));
		}
	}

	private String hostAndPort() {
		return (this.uri.getPort() != -1) ? this.uri.getHost() + ":" + this.uri.getPort() : this.uri.getHost();
	}

	private Subscription upstream() {
		return (this.upstream != null) ? this.upstream : Operators.cancelledSubscription();
	}

	private boolean end() {
		this.transport.remove(this);
		return this.ended.compareAndSet(false, true);
	}

}
