package io.github.loopthread.sample;

import reactor.core.publisher.Mono;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.sample.ProductPage.Price;
import io.github.loopthread.sample.ProductPage.Product;
import io.github.loopthread.sample.ProductPage.Recommendation;
import io.github.loopthread.sample.ProductPage.Review;
import io.github.loopthread.sample.ProductPage.Stock;

/**
 * The page through the loop: five services and Redis are called at once, and the
 * controller waits.
 */
@RestController
class ProductController {

	private final LoopTemplate loop;

	private final WebClient client;

	private final PageViews views;

	ProductController(LoopTemplate loop, WebClient client, PageViews views) {
		this.loop = loop.withName("product page");
		this.client = client;
		this.views = views;
	}

	@GetMapping("/products/{id}")
	ProductPage page(@PathVariable String id) {
		long start = System.nanoTime();
		Mono<ProductPage> page = Mono
			.zip(part(Upstream.PRODUCT, id, Product.class), part(Upstream.PRICE, id, Price.class),
					part(Upstream.STOCK, id, Stock.class), part(Upstream.REVIEWS, id, Review[].class),
					part(Upstream.RECOMMENDATIONS, id, Recommendation[].class), this.views.count(id))
			.map((parts) -> new ProductPage(parts.getT1(), parts.getT2(), parts.getT3(), parts.getT4(), parts.getT5(),
					parts.getT6(), 0));
		return this.loop.execute(page).tookSince(start);
	}

	private <T> Mono<Part<T>> part(Upstream upstream, String id, Class<T> type) {
		return this.client.get()
			.uri("/{service}/{id}", upstream.path(), id)
			.retrieve()
			.bodyToMono(type)
			.<Part<T>>map(Part::of)
			.onErrorResume((ex) -> Mono.just(Part.missing(upstream, ex)));
	}

}
