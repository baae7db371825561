package io.github.loopthread.sample;

import java.time.Duration;

import reactor.core.publisher.Mono;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.Fork;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.sample.ProductPage.Price;
import io.github.loopthread.sample.ProductPage.Product;
import io.github.loopthread.sample.ProductPage.Recommendation;
import io.github.loopthread.sample.ProductPage.Review;
import io.github.loopthread.sample.ProductPage.Stock;

/**
 * The page through the loop: five services and Redis are called at once, and the page
 * comes in time, if need be without those that are slow or broken. Without the product
 * itself there is no page.
 */
@RestController
class ProductController {

	private final LoopTemplate loop;

	private final WebClient client;

	private final PageViews views;

	// Written by whoever changes the deadline, read by each page
	private volatile Duration timeout;

	ProductController(LoopTemplate loop, SampleProperties properties, WebClient client, PageViews views) {
		this.loop = loop.withName("product page");
		this.timeout = properties.pageTimeout();
		this.client = client;
		this.views = views;
	}

	@GetMapping("/products/{id}")
	ProductPage page(@PathVariable String id) {
		long start = System.nanoTime();
		try (LoopScope scope = this.loop.withTimeout(this.timeout).scope()) {
			Fork<Product> product = scope.fork("product", get("/product/{id}", id, Product.class));
			Fork<Price> price = scope.fork("price", get("/price/{id}", id, Price.class));
			Fork<Stock> stock = scope.fork("stock", get("/stock/{id}", id, Stock.class));
			Fork<Review[]> reviews = scope.fork("reviews", get("/reviews/{id}", id, Review[].class));
			Fork<Recommendation[]> recommendations = scope.fork("recommendations",
					get("/recommendations/{id}", id, Recommendation[].class));
			Fork<Long> views = scope.fork("views", this.views.count(id));
			return new ProductPage(product.get(), Part.of(price), Part.of(stock), Part.of(reviews),
					Part.of(recommendations), Part.of(views), ProductPage.millisSince(start));
		}
	}

	Duration timeout() {
		return this.timeout;
	}

	void timeout(Duration timeout) {
		this.timeout = timeout;
	}

	private <T> Mono<T> get(String uri, String id, Class<T> type) {
		return this.client.get().uri(uri, id).retrieve().bodyToMono(type);
	}

}
