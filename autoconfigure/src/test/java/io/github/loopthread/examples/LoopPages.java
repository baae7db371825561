package io.github.loopthread.examples;

import java.time.Duration;
import java.util.List;

import reactor.core.publisher.Mono;

import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.Fork;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopScope;

/**
 * The task with a scope of this project.
 */
class LoopPages implements ProductPages {

	private final LoopOperations loop;

	private final WebClient client;

	LoopPages(LoopOperations loop, WebClient client) {
		this.loop = loop.withName("page");
		this.client = client;
	}

	@Override
	public Page page(int id) {
		try (LoopScope scope = this.loop.withTimeout(Duration.ofMillis(300)).scope()) {
			Fork<Product> product = scope.fork("product", product(id));
			Fork<Stock> stock = scope.fork("stock", stock(id));
			Fork<Reviews> reviews = scope.fork("reviews", reviews(id));
			List<String> missing = scope.join()
				.stream()
				.filter((fork) -> fork.failure() != null)
				.map((fork) -> fork.name() + ": " + fork.failure())
				.toList();
			return new Page(product.orElse(Product.UNKNOWN), stock.orElse(Stock.UNKNOWN), reviews.orElse(Reviews.NONE),
					missing);
		}
	}

	private Mono<Product> product(int id) {
		return this.client.get().uri("/products/{id}", id).retrieve().bodyToMono(Product.class);
	}

	private Mono<Stock> stock(int id) {
		return this.client.get().uri("/stock/{id}", id).retrieve().bodyToMono(Stock.class);
	}

	private Mono<Reviews> reviews(int id) {
		return this.client.get().uri("/reviews/{id}", id).retrieve().bodyToMono(Reviews.class);
	}

}
