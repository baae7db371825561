package io.github.loopthread.sample;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.stereotype.Component;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Two hundred requests, and the threads that receive the answers.
 */
@Component
class QuoteRequests {

	static final int COUNT = 200;

	private final WebClient client;

	QuoteRequests(WebClient client) {
		this.client = client;
	}

	/**
	 * Send them when subscribed to. The first that fails ends it.
	 */
	Flux<Received> send() {
		return Flux.range(1, COUNT).flatMap(this::request, COUNT);
	}

	/**
	 * Send them when subscribed to, and go on when one fails.
	 * @param atOnce how many may be on their way
	 */
	Flux<Received> sendEach(int atOnce) {
		return Flux.range(1, COUNT)
			.flatMap((id) -> request(id).onErrorResume((ex) -> Mono.fromSupplier(() -> Received.failed(ex))), atOnce);
	}

	private Mono<Received> request(int id) {
		return this.client.get()
			.uri("/quotes/{id}", id)
			.retrieve()
			.bodyToMono(Quote.class)
			.map((quote) -> Received.answered());
	}

	/**
	 * An answer, or why there is none.
	 */
	record Received(String thread, String problem) {

		static Received answered() {
			return new Received(Thread.currentThread().getName(), "");
		}

		static Received failed(Throwable failure) {
			return new Received(Thread.currentThread().getName(), Reason.of(failure));
		}

		boolean isAnswer() {
			return this.problem.isEmpty();
		}

	}

}
