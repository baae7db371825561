package io.github.loopthread.http;

import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import io.github.loopthread.LoopBoundary;
import io.github.loopthread.LoopOperations;

/**
 * A call for which nobody waits: part of the task that subscribes to it, or else a task
 * of its own, each time.
 *
 * @param <T> the type of the result
 */
final class HttpCall<T> extends Mono<T> {

	private final LoopOperations loop;

	private final Mono<T> exchange;

	HttpCall(LoopOperations loop, Mono<T> exchange) {
		this.loop = loop;
		this.exchange = exchange;
	}

	@Override
	public void subscribe(CoreSubscriber<? super T> subscriber) {
		ContextView context = subscriber.currentContext();
		if (isPartOfTask(context)) {
			this.exchange.subscribe(subscriber);
		}
		else {
			// Deferred, so that what it is refused with is signalled
			Mono.defer(() -> Mono.fromFuture(this.loop.submit(this.exchange.contextWrite(withoutTask(context)))))
				.subscribe(subscriber);
		}
	}

	/**
	 * Start the call at once.
	 */
	CompletableFuture<@Nullable T> start() {
		return isPartOfTask(Context.empty()) ? this.exchange.toFuture() : this.loop.submit(this.exchange);
	}

	/**
	 * What is chained to a call that has ended runs where it has ended, but is no longer
	 * part of its task.
	 */
	private static boolean isPartOfTask(ContextView context) {
		LoopBoundary task = LoopBoundary.of(context);
		return task != null && !task.isDone();
	}

	private static ContextView withoutTask(ContextView context) {
		return Context.of(context).delete(LoopBoundary.class);
	}

}
