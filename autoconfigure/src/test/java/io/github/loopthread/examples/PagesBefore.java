package io.github.loopthread.examples;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import reactor.core.publisher.Mono;

import org.springframework.scheduling.annotation.Async;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.examples.ProductPages.Product;
import io.github.loopthread.examples.ProductPages.Stock;

/**
 * What docs/migration.md starts from.
 */
final class PagesBefore {

	private PagesBefore() {
	}

	static class Block implements ShopPages {

		private final WebClient client;

		Block(WebClient client) {
			this.client = client;
		}

		@Override
		public Page page(int id) {
			return new Page(product(id),
					this.client.get().uri("/stock/{id}", id).retrieve().bodyToMono(Stock.class).block());
		}

		Product product(int id) {
			return this.client.get().uri("/products/{id}", id).retrieve().bodyToMono(Product.class).block();
		}

	}

	static class Zip implements ShopPages {

		private final WebClient client;

		Zip(WebClient client) {
			this.client = client;
		}

		@Override
		public Page page(int id) {
			return Mono.zip(product(id), stock(id), Page::new).block(Duration.ofSeconds(2));
		}

		private Mono<Product> product(int id) {
			return this.client.get().uri("/products/{id}", id).retrieve().bodyToMono(Product.class);
		}

		private Mono<Stock> stock(int id) {
			return this.client.get().uri("/stock/{id}", id).retrieve().bodyToMono(Stock.class);
		}

	}

	static class AsyncServices {

		private final RestClient client;

		AsyncServices(RestClient client) {
			this.client = client;
		}

		@Async
		CompletableFuture<Product> product(int id) {
			Product product = this.client.get().uri("/products/{id}", id).retrieve().body(Product.class);
			return CompletableFuture.completedFuture(product);
		}

		@Async
		CompletableFuture<Stock> stock(int id) {
			Stock stock = this.client.get().uri("/stock/{id}", id).retrieve().body(Stock.class);
			return CompletableFuture.completedFuture(stock);
		}

	}

	static class AsyncMethods implements ShopPages {

		private final AsyncServices services;

		AsyncMethods(AsyncServices services) {
			this.services = services;
		}

		@Override
		public Page page(int id) throws Exception {
			CompletableFuture<Product> product = this.services.product(id);
			CompletableFuture<Stock> stock = this.services.stock(id);
			return new Page(product.get(2, TimeUnit.SECONDS), stock.get(2, TimeUnit.SECONDS));
		}

	}

	static class Futures implements ShopPages {

		private final RestClient client;

		private final Executor executor;

		Futures(RestClient client, Executor executor) {
			this.client = client;
			this.executor = executor;
		}

		@Override
		public Page page(int id) {
			CompletableFuture<Product> product = CompletableFuture.supplyAsync(() -> product(id), this.executor)
				.orTimeout(2, TimeUnit.SECONDS);
			CompletableFuture<Stock> stock = CompletableFuture.supplyAsync(() -> stock(id), this.executor)
				.completeOnTimeout(Stock.UNKNOWN, 2, TimeUnit.SECONDS)
				.exceptionally((ex) -> Stock.UNKNOWN);
			return product.thenCombine(stock, Page::new).join();
		}

		private Product product(int id) {
			return this.client.get().uri("/products/{id}", id).retrieve().body(Product.class);
		}

		private Stock stock(int id) {
			return this.client.get().uri("/stock/{id}", id).retrieve().body(Stock.class);
		}

	}

	static class Template implements ShopPages {

		private final RestTemplate rest;

		Template(RestTemplate rest) {
			this.rest = rest;
		}

		@Override
		public Page page(int id) {
			Product product = this.rest.getForObject("/products/{id}", Product.class, id);
			Stock stock = this.rest.getForObject("/stock/{id}", Stock.class, id);
			return new Page(product, stock);
		}

	}

}
