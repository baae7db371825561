package io.github.loopthread.examples;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import reactor.core.publisher.Mono;

import org.springframework.web.reactive.function.client.WebClient;

/**
 * The task with Reactor alone.
 */
class ZipPages implements ProductPages {

	private final WebClient client;

	ZipPages(WebClient client) {
		this.client = client;
	}

	@Override
	public Page page(int id) {
		Queue<String> missing = new ConcurrentLinkedQueue<>();
		return Mono.zip(part("product", product(id), Product.UNKNOWN, missing),
				part("stock", stock(id), Stock.UNKNOWN, missing), part("reviews", reviews(id), Reviews.NONE, missing))
			.map((parts) -> new Page(parts.getT1(), parts.getT2(), parts.getT3(), List.copyOf(missing)))
			.block();
	}

	private static <T> Mono<T> part(String name, Mono<T> call, T fallback, Queue<String> missing) {
		return call.timeout(Duration.ofMillis(300))
			.doOnError((ex) -> missing.add(name + ": " + ex))
			.onErrorComplete()
			.defaultIfEmpty(fallback);
	}

	Mono<Product> product(int id) {
		return this.client.get().uri("/products/{id}", id).retrieve().bodyToMono(Product.class);
	}

	Mono<Stock> stock(int id) {
		return this.client.get().uri("/stock/{id}", id).retrieve().bodyToMono(Stock.class);
	}

	Mono<Reviews> reviews(int id) {
		return this.client.get().uri("/reviews/{id}", id).retrieve().bodyToMono(Reviews.class);
	}

}
