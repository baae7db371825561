package io.github.loopthread;

import java.util.function.Function;

import reactor.core.publisher.Mono;

import org.springframework.util.Assert;

/**
 * What a caller wants to have for a while: how it is acquired and how it is released.
 *
 * @param <T> the type of the object
 */
record LeaseRequest<T>(Mono<T> acquire, Function<? super T, ? extends Mono<Void>> release, TaskOptions options,
		OpeningPlace place) {

	LeaseRequest {
		Assert.notNull(acquire, "'acquire' must not be null");
		Assert.notNull(release, "'release' must not be null");
	}

	/**
	 * Create the request of the calling thread.
	 */
	LeaseRequest(Mono<T> acquire, Function<? super T, ? extends Mono<Void>> release, TaskOptions options) {
		this(acquire, release, options, OpeningPlace.here());
	}

	/**
	 * Return what acquires the object when it is subscribed to, and remembers the context
	 * it was acquired in.
	 */
	Mono<LoopLease<T>> acquire(OpenLeases leases) {
		return Mono.deferContextual((context) -> {
			TaskContext values = TaskContext.current();
			return this.acquire.map((object) -> new LoopLease<>(object, this, values, context, leases));
		})
			.switchIfEmpty(Mono.error(() -> new IllegalStateException(
					"Task '%s' acquired nothing: its Mono was empty".formatted(this.options.name()))));
	}

}
