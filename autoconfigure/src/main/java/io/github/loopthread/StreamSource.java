package io.github.loopthread;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Signal;
import reactor.util.context.Context;

import org.springframework.util.Assert;

/**
 * The source of a task that is a stream: the loop's side of it. Receives what the
 * {@link Flux} signals, and passes the elements to the reader.
 * <p>
 * <b>Bounded.</b> Never more elements wait than the prefetch says, whatever the publisher
 * does.
 * <p>
 * <b>Elements first.</b> The end of the {@code Flux}, good or bad, ends the task when the
 * last element before it has been read.
 * <p>
 * It does not hold its reader, so that one that is forgotten is found.
 *
 * @param <T> the type of the elements
 */
final class StreamSource<T> extends Mono<Void> implements CoreSubscriber<T>, Subscription {

	@SuppressWarnings("rawtypes")
	private static final AtomicReferenceFieldUpdater<StreamSource, @Nullable Subscription> UPSTREAM = AtomicReferenceFieldUpdater
		.newUpdater(StreamSource.class, Subscription.class, "upstream");

	private final Flux<T> elements;

	private final int prefetch;

	private final String name;

	private final StreamQueue<T> queue = new StreamQueue<>();

	// How many elements may still come; added to by the loop, counted down by the
	// source's thread
	private final AtomicLong outstanding = new AtomicLong();

	// How the source has ended; set by its thread, read by the reader
	private final AtomicReference<@Nullable Signal<Void>> end = new AtomicReference<>();

	// Set by whoever comes last, the end or the reader
	private final AtomicBoolean taskEnded = new AtomicBoolean();

	// Written by the thread that subscribes and the one that cancels
	private volatile @Nullable Subscription upstream;

	// Written by the loop before it subscribes
	private volatile @Nullable CoreSubscriber<? super Void> task;

	// Written by the thread that opens the stream, read by the watchdog
	private volatile @Nullable Opened opened;

	StreamSource(Flux<T> elements, int prefetch, String name) {
		Assert.notNull(elements, "'source' must not be null");
		Assert.isTrue(prefetch > 0,
				() -> "'prefetch' must be at least 1, but is %d. Use stream(source) for the default of %d"
					.formatted(prefetch, LoopStream.DEFAULT_PREFETCH));
		this.elements = elements;
		this.prefetch = prefetch;
		this.name = name;
	}

	@Override
	public void subscribe(CoreSubscriber<? super Void> task) {
		this.task = task;
		task.onSubscribe(this);
		this.elements.subscribe(this);
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		if (Operators.setOnce(UPSTREAM, this, subscription)) {
			request(subscription, this.prefetch);
		}
	}

	@Override
	public void onNext(T element) {
		if (element == null) {
			fail(signalledNull());
			return;
		}
		if (this.end.get() != null) {
			Operators.onNextDropped(element, currentContext());
			return;
		}
		if (this.outstanding.decrementAndGet() < 0) {
			DroppedResults.release(element);
			fail(Exceptions.failWithOverflow(("The source of stream '%s' sent more elements than it was asked for. "
					+ "Add an operator that heeds demand, such as onBackpressureBuffer")
				.formatted(this.name)));
			return;
		}
		this.queue.put(element);
	}

	@Override
	public void onError(Throwable error) {
		Throwable failure = (error != null) ? error : signalledNull();
		if (!end(Signal.error(failure))) {
			Operators.onErrorDropped(failure, currentContext());
		}
	}

	@Override
	public void onComplete() {
		end(Signal.complete());
	}

	@Override
	public Context currentContext() {
		CoreSubscriber<? super Void> task = this.task;
		return (task != null) ? task.currentContext() : Context.empty();
	}

	@Override
	public void request(long n) {
		// The task has nothing to ask for, the reader has
	}

	@Override
	public void cancel() {
		Operators.terminate(UPSTREAM, this);
	}

	StreamQueue<T> queue() {
		return this.queue;
	}

	/**
	 * Return how many elements to read before asking for as many again.
	 */
	int batch() {
		return this.prefetch - this.prefetch / 4;
	}

	/**
	 * Ask for as many elements as have been read. Called on the loop.
	 */
	void requestBatch() {
		Subscription upstream = this.upstream;
		if (upstream != null) {
			try {
				request(upstream, batch());
			}
			catch (Throwable ex) {
				// After the elements that came before it
				fail(ex);
			}
		}
	}

	/**
	 * End the task if the source has ended and nothing is left to be read.
	 */
	void endTaskIfRead() {
		Signal<Void> end = this.end.get();
		CoreSubscriber<? super Void> task = this.task;
		if (end == null || task == null || !this.queue.isEmpty() || !this.taskEnded.compareAndSet(false, true)) {
			return;
		}
		end.accept(task);
	}

	/**
	 * Remember who reads and where the stream was opened.
	 */
	void opened(LoopStream<T> reader, OpeningPlace place) {
		this.opened = new Opened(new WeakReference<>(reader), place);
	}

	/**
	 * Return whether the one who could read or close the stream is gone.
	 */
	boolean isForgotten() {
		Opened opened = this.opened;
		return opened != null && opened.reader().refersTo(null);
	}

	String describeForgotten() {
		Opened opened = this.opened;
		return ("Stream '%s' was neither read to its end nor closed, and nobody refers to it any more. It is closed "
				+ "now, much later than it could be: open it in a try. It was opened here:%s")
			.formatted(this.name, (opened != null) ? opened.place() : "");
	}

	private void request(Subscription upstream, int count) {
		this.outstanding.addAndGet(count);
		upstream.request(count);
	}

	private void fail(Throwable error) {
		Operators.terminate(UPSTREAM, this);
		onError(error);
	}

	private NullPointerException signalledNull() {
		return new NullPointerException("The source of stream '%s' signalled null".formatted(this.name));
	}

	private boolean end(Signal<Void> end) {
		boolean first = this.end.compareAndSet(null, end);
		endTaskIfRead();
		return first;
	}

	private record Opened(WeakReference<?> reader, OpeningPlace place) {
	}

}
