package io.github.loopthread.http;

import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;

import io.github.loopthread.LoopBoundary.Scope;

/**
 * Stands between the operators of a task that produce something for the network and the
 * network's code that asks for it. What an operator throws instead of signalling, as
 * Reactor does with fatal errors, fails the task at once and ends the exchange; on its
 * way into the network's code it would break the connection pool.
 */
final class ProducerSubscriber<T> implements CoreSubscriber<T>, Subscription {

	private final HttpExchange exchange;

	private final CoreSubscriber<? super T> downstream;

	private final Context context;

	// Whether it is a body, rather than all that writes the request and may fail for the
	// network's sake
	private final boolean body;

	private final AtomicBoolean ended = new AtomicBoolean();

	// Written by the producer before its first signal, read by whoever asks for more
	private volatile @Nullable Subscription upstream;

	private ProducerSubscriber(HttpExchange exchange, CoreSubscriber<? super T> downstream, boolean body) {
		this.exchange = exchange;
		this.downstream = downstream;
		this.context = downstream.currentContext();
		this.body = body;
	}

	/**
	 * Let a body, or a part of one, pass the boundary. A Mono stays one, which is a hint
	 * to the network.
	 */
	static <T> Publisher<T> guard(Publisher<T> body, HttpExchange exchange) {
		return (body instanceof Mono<T> mono) ? guard(mono, exchange, true) : new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super T> downstream) {
				ProducerSubscriber.subscribe(body, exchange, downstream, true);
			}

		};
	}

	/**
	 * Let all that writes the request pass the boundary.
	 */
	static Mono<Void> guardWriting(Mono<Void> writing, HttpExchange exchange) {
		return guard(writing, exchange, false);
	}

	private static <T> Mono<T> guard(Mono<T> producer, HttpExchange exchange, boolean body) {
		return new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super T> downstream) {
				ProducerSubscriber.subscribe(producer, exchange, downstream, body);
			}

		};
	}

	private static <T> void subscribe(Publisher<T> producer, HttpExchange exchange,
			CoreSubscriber<? super T> downstream, boolean body) {
		ProducerSubscriber<T> subscriber = new ProducerSubscriber<>(exchange, downstream, body);
		try (Scope scope = exchange.open()) {
			producer.subscribe(subscriber);
		}
		catch (Throwable ex) {
			subscriber.thrown(ex);
		}
	}

	@Override
	public void onSubscribe(Subscription upstream) {
		if (this.ended.get()) {
			// It has thrown before
			upstream.cancel();
			return;
		}
		this.upstream = upstream;
		this.downstream.onSubscribe(this);
	}

	@Override
	public void onNext(T item) {
		if (!this.ended.get()) {
			this.downstream.onNext(item);
		}
		else if (item instanceof DataBuffer buffer) {
			DataBufferUtils.release(buffer);
		}
	}

	@Override
	public void onError(Throwable error) {
		if (Exceptions.isFatal(error)) {
			// Signalled by the network, whose code would throw it on its way back
			thrown(error);
		}
		else if (this.ended.compareAndSet(false, true)) {
			tell(error);
		}
	}

	@Override
	public void onComplete() {
		if (this.ended.compareAndSet(false, true)) {
			if (!this.body) {
				this.exchange.sent();
			}
			this.downstream.onComplete();
		}
	}

	@Override
	public Context currentContext() {
		return this.context;
	}

	@Override
	public void request(long n) {
		try (Scope scope = this.exchange.open()) {
			upstream().request(n);
		}
		catch (Throwable ex) {
			thrown(ex);
		}
	}

	@Override
	public void cancel() {
		this.ended.set(true);
		cancelProducer();
	}

	private void thrown(Throwable thrown) {
		this.exchange.fail(thrown);
		if (this.ended.compareAndSet(false, true)) {
			IllegalStateException error = new IllegalStateException(
					"%s failed while its request was produced".formatted(this.exchange.describe()), thrown);
			if (this.upstream == null) {
				this.downstream.onSubscribe(this);
			}
			else {
				cancelProducer();
			}
			tell(error);
		}
	}

	private void tell(Throwable error) {
		if (this.body) {
			this.exchange.bodyFails(error, () -> this.downstream.onError(error));
		}
		else {
			this.downstream.onError(error);
		}
	}

	private void cancelProducer() {
		try (Scope scope = this.exchange.open()) {
			upstream().cancel();
		}
		catch (Throwable ex) {
			this.exchange.fail(ex);
		}
	}

	private Subscription upstream() {
		Subscription upstream = this.upstream;
		return (upstream != null) ? upstream : Operators.cancelledSubscription();
	}

}
