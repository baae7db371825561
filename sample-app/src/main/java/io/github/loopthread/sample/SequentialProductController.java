package io.github.loopthread.sample;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;

import io.github.loopthread.sample.ProductPage.Price;
import io.github.loopthread.sample.ProductPage.Product;
import io.github.loopthread.sample.ProductPage.Recommendation;
import io.github.loopthread.sample.ProductPage.Review;
import io.github.loopthread.sample.ProductPage.Stock;

/**
 * The same page for comparison: one service after the other, as blocking code does it.
 */
@RestController
class SequentialProductController {

	private final RestClient client;

	private final PageViews views;

	private final CallRecorder recorder;

	SequentialProductController(RestClient.Builder builder, SampleProperties properties, PageViews views,
			CallRecorder recorder) {
		this.client = builder.baseUrl("http://localhost:%d".formatted(properties.upstreamPort())).build();
		this.views = views;
		this.recorder = recorder;
	}

	@GetMapping("/products/{id}/sequential")
	ProductPage page(@PathVariable String id) {
		long start = System.nanoTime();
		return new ProductPage(get(Upstream.PRODUCT, id, Product.class), part(Upstream.PRICE, id, Price.class),
				part(Upstream.STOCK, id, Stock.class), part(Upstream.REVIEWS, id, Review[].class),
				part(Upstream.RECOMMENDATIONS, id, Recommendation[].class), this.views.countBlocking(id),
				ProductPage.millisSince(start));
	}

	/**
	 * Make one call, so that the first page takes no longer than others.
	 */
	void warmUp() {
		get(Upstream.STOCK, "warm-up", Stock.class);
	}

	private <T> Part<T> part(Upstream upstream, String id, Class<T> type) {
		try {
			return Part.of(get(upstream, id, type));
		}
		catch (RestClientException ex) {
			return Part.missing(upstream.path(), ex);
		}
	}

	private <T> T get(Upstream upstream, String id, Class<T> type) {
		return this.recorder.measure(upstream.path(),
				() -> this.client.get().uri("/{service}/{id}", upstream.path(), id).retrieve().body(type));
	}

}
