package io.github.loopthread.http;

import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ReactiveTypeDescriptor;

/**
 * Makes a {@link CompletableFuture} of a call by starting it, and leaves everything else
 * to another registry. Reactor's own future would lose the values of the caller for what
 * is chained to it, and hide on newer JDKs that the loop has stopped.
 */
final class CallAdapterRegistry extends ReactiveAdapterRegistry {

	private static final ReactiveAdapter FUTURES = new ReactiveAdapter(
			ReactiveTypeDescriptor.singleOptionalValue(CompletableFuture.class, CompletableFuture::new),
			(future) -> Mono.fromFuture((CompletableFuture<?>) future), CallAdapterRegistry::start);

	private final ReactiveAdapterRegistry others;

	CallAdapterRegistry(ReactiveAdapterRegistry others) {
		this.others = others;
	}

	@Override
	public boolean hasAdapters() {
		return true;
	}

	@Override
	public @Nullable ReactiveAdapter getAdapter(@Nullable Class<?> type, @Nullable Object source) {
		return (type == CompletableFuture.class) ? FUTURES : this.others.getAdapter(type, source);
	}

	private static Object start(Publisher<?> publisher) {
		return (publisher instanceof HttpCall<?> call) ? call.start() : Mono.from(publisher).toFuture();
	}

}
