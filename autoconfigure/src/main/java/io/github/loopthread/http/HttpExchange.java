package io.github.loopthread.http;

import java.net.URI;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.util.context.Context;

import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpRequest;

import io.github.loopthread.LoopBoundary;
import io.github.loopthread.LoopBoundary.Scope;

/**
 * One exchange, from its subscription to the end of the response's body: what it is, what
 * it does at the moment, and the task it belongs to, if any.
 */
final class HttpExchange {

	private static final Scope NO_SCOPE = () -> {
	};

	private static final String SENDING = "sending the request";

	private final HttpMethod method;

	private final URI uri;

	private final @Nullable LoopBoundary boundary;

	private final EventLoop eventLoop;

	private final long startNanos = System.nanoTime();

	// Written when the exchange is made, read when it ends
	private @Nullable RequestCallback writing;

	// Written by the loop and by whoever cancels
	private volatile @Nullable ReadHandler reader;

	// Written by whoever produces the body of the request, read by the loop
	private volatile @Nullable Throwable bodyFailure;

	// Written by the loop, read by whoever writes a message
	private volatile String phase = "connecting";

	HttpExchange(HttpMethod method, URI uri, @Nullable LoopBoundary boundary, EventLoop eventLoop) {
		this.method = method;
		this.uri = uri;
		this.boundary = boundary;
		this.eventLoop = eventLoop;
	}

	@Nullable LoopBoundary boundary() {
		return this.boundary;
	}

	void begin() {
		if (this.boundary != null) {
			this.boundary.began(this);
		}
	}

	void end() {
		RequestCallback writing = this.writing;
		if (writing != null) {
			writing.release();
		}
		leaveConnection();
		if (this.boundary != null) {
			this.boundary.ended(this);
		}
	}

	/**
	 * Return what the network has given, with a cancel that it hears of on the loop.
	 */
	Subscription cancelledOnLoop(Subscription network) {
		return new NetworkSubscription(network, this.eventLoop);
	}

	/**
	 * Give the calling thread the values of the task, if there is one, until the scope is
	 * closed.
	 */
	Scope open() {
		return (this.boundary != null) ? this.boundary.open() : NO_SCOPE;
	}

	/**
	 * Fail the task, if there is one, with what an operator has thrown.
	 */
	void fail(Throwable thrown) {
		if (this.boundary != null) {
			this.boundary.fail(thrown);
		}
	}

	/**
	 * Return what writes the request, until the exchange has ended.
	 */
	Function<ClientHttpRequest, Mono<Void>> writing(Function<? super ClientHttpRequest, Mono<Void>> callback) {
		RequestCallback writing = new RequestCallback(this, callback);
		this.writing = writing;
		return writing;
	}

	/**
	 * Take note that the request is about to be sent, and on which connection. It is
	 * another one after a redirect.
	 */
	void sending(ClientHttpRequest request) {
		this.phase = SENDING;
		this.bodyFailure = null;
		leaveConnection();
		if (request.getNativeRequest() instanceof Connection connection) {
			ReadHandler reader = ReadHandler.of(connection.channel());
			if (reader != null) {
				reader.begin(this);
				this.reader = reader;
			}
		}
	}

	void sent() {
		// The response may have come before
		if (this.phase.equals(SENDING)) {
			this.phase = "waiting for the response";
		}
	}

	/**
	 * Let what the task produces for the request pass the boundary.
	 */
	<T> Publisher<T> produce(Publisher<T> producer) {
		return ProducerSubscriber.guard(producer, this);
	}

	/**
	 * Tell the network that the body of the request has failed, with which it ends the
	 * response too. If it was an operator behind the response that has made it fail, that
	 * one goes on with its values.
	 */
	void bodyFails(Throwable failure, Runnable tell) {
		this.bodyFailure = failure;
		ReadHandler reader = isAtWork() ? this.reader : null;
		boolean reading = reader != null && reader.hasScope();
		tell.run();
		if (reader != null && reading && !reader.hasScope()) {
			reader.goOn(this);
		}
	}

	/**
	 * Return what has ended the response before its own end, {@code null} if nothing has.
	 */
	@Nullable Throwable bodyFailure() {
		return this.bodyFailure;
	}

	void receiving() {
		this.phase = "receiving the response";
	}

	/**
	 * Return whether the calling thread works for the task.
	 */
	private boolean isAtWork() {
		return this.boundary != null && Objects.equals(this.boundary, LoopBoundary.of(Context.empty()));
	}

	private void leaveConnection() {
		ReadHandler reader = this.reader;
		if (reader != null) {
			this.reader = null;
			reader.end(this);
		}
	}

	/**
	 * Return method and URI, without query and user info, which may hold secrets.
	 */
	String describe() {
		String port = (this.uri.getPort() != -1) ? ":" + this.uri.getPort() : "";
		return "%s %s://%s%s%s".formatted(this.method, this.uri.getScheme(), this.uri.getHost(), port,
				this.uri.getRawPath());
	}

	@Override
	public String toString() {
		return "%s (%s) since %dms".formatted(describe(), this.phase,
				TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - this.startNanos));
	}

}
