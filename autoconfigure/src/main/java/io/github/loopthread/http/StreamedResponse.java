package io.github.loopthread.http;

import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.http.ResponseEntity;

import io.github.loopthread.LoopOperations;

/**
 * A response on its way to a caller that waits for it and will read its body itself. If
 * the caller has gone when it comes, nobody would, and its connection would never be free
 * again: then the body is cancelled.
 */
final class StreamedResponse<T> {

	private static final Object ABANDONED = new Object();

	// Set by the loop and the caller, each once
	private final AtomicReference<@Nullable Object> state = new AtomicReference<>();

	@Nullable ResponseEntity<Flux<T>> await(LoopOperations loop, Mono<ResponseEntity<Flux<T>>> exchange) {
		try {
			return loop.execute(exchange.doOnNext(this::arrived));
		}
		catch (Throwable ex) {
			abandon();
			throw ex;
		}
	}

	private void arrived(ResponseEntity<Flux<T>> response) {
		if (!this.state.compareAndSet(null, response)) {
			cancelBody(response);
		}
	}

	private void abandon() {
		if (this.state.getAndSet(ABANDONED) instanceof ResponseEntity<?> response) {
			cancelBody(response);
		}
	}

	private static void cancelBody(ResponseEntity<?> response) {
		if (response.getBody() instanceof Flux<?> body) {
			body.subscribe(new CancellingSubscriber());
		}
	}

}
