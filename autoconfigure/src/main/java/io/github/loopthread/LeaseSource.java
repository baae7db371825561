package io.github.loopthread;

import java.util.function.Function;

import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

import org.springframework.util.Assert;

/**
 * The source of a task that acquires an object: gives it as a lease, which remembers the
 * context it was acquired in.
 *
 * @param <T> the type of the object
 */
final class LeaseSource<T> extends Mono<LoopLease<T>> {

	private final Mono<T> acquire;

	private final Function<? super T, ? extends Mono<Void>> release;

	private final TaskOptions options;

	private final OpenLeases leases;

	LeaseSource(Mono<T> acquire, Function<? super T, ? extends Mono<Void>> release, TaskOptions options,
			OpenLeases leases) {
		Assert.notNull(acquire, "'acquire' must not be null");
		Assert.notNull(release, "'release' must not be null");
		this.acquire = acquire;
		this.release = release;
		this.options = options;
		this.leases = leases;
	}

	@Override
	public void subscribe(CoreSubscriber<? super LoopLease<T>> subscriber) {
		TaskContext values = TaskContext.current();
		this.acquire
			.map((object) -> new LoopLease<>(object, this.release, this.options, values, subscriber.currentContext(),
					this.leases))
			.switchIfEmpty(Mono.error(() -> new IllegalStateException(
					"Task '%s' acquired nothing: its Mono was empty".formatted(this.options.name()))))
			.subscribe(subscriber);
	}

}
