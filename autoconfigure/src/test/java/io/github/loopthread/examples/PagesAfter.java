package io.github.loopthread.examples;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.IntFunction;

import reactor.core.publisher.Mono;

import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;

import io.github.loopthread.Fork;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopScope;
import io.github.loopthread.examples.ProductPages.Product;
import io.github.loopthread.examples.ProductPages.Stock;

/**
 * What docs/migration.md arrives at.
 */
final class PagesAfter {

	private PagesAfter() {
	}

	static class Execute implements ShopPages {

		private final LoopOperations loop;

		private final WebClient client;

		Execute(LoopOperations loop, WebClient client) {
			this.loop = loop;
			this.client = client;
		}

		@Override
		public Page page(int id) {
			return new Page(product(id),
					this.loop.execute(this.client.get().uri("/stock/{id}", id).retrieve().bodyToMono(Stock.class)));
		}

		Product product(int id) {
			return this.loop.execute(this.client.get().uri("/products/{id}", id).retrieve().bodyToMono(Product.class));
		}

	}

	static class Zip implements ShopPages {

		private final LoopOperations loop;

		private final WebClient client;

		Zip(LoopOperations loop, WebClient client) {
			this.loop = loop;
			this.client = client;
		}

		@Override
		public Page page(int id) {
			return this.loop.withTimeout(Duration.ofSeconds(2)).execute(Mono.zip(product(id), stock(id), Page::new));
		}

		private Mono<Product> product(int id) {
			return this.client.get().uri("/products/{id}", id).retrieve().bodyToMono(Product.class);
		}

		private Mono<Stock> stock(int id) {
			return this.client.get().uri("/stock/{id}", id).retrieve().bodyToMono(Stock.class);
		}

	}

	static class Scope implements ShopPages {

		private final LoopOperations loop;

		private final WebClient client;

		Scope(LoopOperations loop, WebClient client) {
			this.loop = loop;
			this.client = client;
		}

		@Override
		public Page page(int id) {
			try (LoopScope scope = this.loop.withTimeout(Duration.ofSeconds(2)).scope()) {
				Fork<Product> product = scope.fork("product", product(id));
				Fork<Stock> stock = scope.fork("stock", stock(id));
				return new Page(product.get(), stock.orElse(Stock.UNKNOWN));
			}
		}

		private Mono<Product> product(int id) {
			return this.client.get().uri("/products/{id}", id).retrieve().bodyToMono(Product.class);
		}

		private Mono<Stock> stock(int id) {
			return this.client.get().uri("/stock/{id}", id).retrieve().bodyToMono(Stock.class);
		}

	}

	static class Stages implements ShopPages {

		private final LoopOperations loop;

		private final HttpClient client;

		private final IntFunction<HttpRequest> productRequest;

		private final IntFunction<HttpRequest> stockRequest;

		private final Function<String, Product> toProduct;

		private final Function<String, Stock> toStock;

		Stages(LoopOperations loop, HttpClient client, IntFunction<HttpRequest> productRequest,
				IntFunction<HttpRequest> stockRequest, Function<String, Product> toProduct,
				Function<String, Stock> toStock) {
			this.loop = loop;
			this.client = client;
			this.productRequest = productRequest;
			this.stockRequest = stockRequest;
			this.toProduct = toProduct;
			this.toStock = toStock;
		}

		@Override
		public Page page(int id) {
			try (LoopScope scope = this.loop.withTimeout(Duration.ofSeconds(2)).scope()) {
				Fork<Product> product = scope.fork("product", () -> product(id));
				Fork<Stock> stock = scope.fork("stock", () -> stock(id));
				return new Page(product.get(), stock.orElse(Stock.UNKNOWN));
			}
		}

		private CompletableFuture<Product> product(int id) {
			return send(this.productRequest.apply(id)).thenApply(this.toProduct);
		}

		private CompletableFuture<Stock> stock(int id) {
			return send(this.stockRequest.apply(id)).thenApply(this.toStock);
		}

		private CompletableFuture<String> send(HttpRequest request) {
			return this.client.sendAsync(request, BodyHandlers.ofString()).thenApply(HttpResponse::body);
		}

	}

	interface Services {

		@GetExchange("/products/{id}")
		Mono<Product> product(@PathVariable int id);

		@GetExchange("/stock/{id}")
		Mono<Stock> stock(@PathVariable int id);

	}

	static class Declared implements ShopPages {

		private final LoopOperations loop;

		private final Services services;

		Declared(LoopOperations loop, Services services) {
			this.loop = loop;
			this.services = services;
		}

		@Override
		public Page page(int id) {
			try (LoopScope scope = this.loop.withTimeout(Duration.ofSeconds(2)).scope()) {
				Fork<Product> product = scope.fork("product", this.services.product(id));
				Fork<Stock> stock = scope.fork("stock", this.services.stock(id));
				return new Page(product.get(), stock.orElse(Stock.UNKNOWN));
			}
		}

	}

}
