package io.github.loopthread;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

import org.springframework.util.Assert;

/**
 * The source of a task that is a supplier. Unlike Reactor's own, it signals the end of
 * its stage also after it has been cancelled: a stage that does not care is still at
 * work, and what it gives in the end must be released.
 *
 * @param <T> the type of the value
 */
final class StageSource<T> extends Mono<T> {

	private final Supplier<? extends CompletionStage<T>> supplier;

	StageSource(Supplier<? extends CompletionStage<T>> supplier) {
		Assert.notNull(supplier, "'task' must not be null");
		this.supplier = supplier;
	}

	@Override
	public void subscribe(CoreSubscriber<? super T> subscriber) {
		CompletionStage<T> stage;
		try {
			stage = this.supplier.get();
			Assert.state(stage != null, "The supplier of the task returned null instead of a CompletionStage");
		}
		catch (Throwable ex) {
			Operators.error(subscriber, ex);
			return;
		}
		subscriber.onSubscribe(new StageSubscription(stage));
		try {
			stage.whenComplete((value, ex) -> end(subscriber, value, ex));
		}
		catch (Throwable ex) {
			subscriber.onError(ex);
		}
	}

	private static <T> void end(CoreSubscriber<? super T> subscriber, @Nullable T value, @Nullable Throwable ex) {
		if (ex != null) {
			Throwable cause = (ex instanceof CompletionException) ? ex.getCause() : null;
			subscriber.onError((cause != null) ? cause : ex);
			return;
		}
		if (value != null) {
			subscriber.onNext(value);
		}
		subscriber.onComplete();
	}

	private record StageSubscription(CompletionStage<?> stage) implements Subscription {

		@Override
		public void request(long n) {
			// A task asks for everything at once
		}

		@Override
		public void cancel() {
			if (this.stage instanceof Future<?> future) {
				try {
					future.cancel(true);
				}
				catch (UnsupportedOperationException ex) {
					// A minimal stage: nobody but its maker can end it
				}
			}
		}

	}

}
