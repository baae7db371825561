package io.github.loopthread;

import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * What a task does, in the hands of a test: it emits when told to, also when it has been
 * cancelled, as a source may that has not noticed yet.
 */
final class RacedSource extends Mono<Object> implements Subscription {

	private final AtomicInteger subscribed = new AtomicInteger();

	private final AtomicInteger cancelled = new AtomicInteger();

	// Written and read by whoever is the loop's thread, as that of a real source is
	private @Nullable CoreSubscriber<? super Object> subscriber;

	@Override
	public void subscribe(CoreSubscriber<? super Object> subscriber) {
		this.subscribed.incrementAndGet();
		this.subscriber = subscriber;
		subscriber.onSubscribe(this);
	}

	@Override
	public void request(long n) {
	}

	@Override
	public void cancel() {
		this.cancelled.incrementAndGet();
	}

	/**
	 * End with a value, if anybody has subscribed and it has not ended yet.
	 */
	void emit(Object value) {
		CoreSubscriber<? super Object> subscriber = this.subscriber;
		if (subscriber != null) {
			this.subscriber = null;
			subscriber.onNext(value);
			subscriber.onComplete();
		}
	}

	int subscribed() {
		return this.subscribed.get();
	}

	int cancelled() {
		return this.cancelled.get();
	}

}
