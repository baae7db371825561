package io.github.loopthread.sample;

import java.math.BigDecimal;

/**
 * A page of the shop.
 */
record ProductPage(Part<Product> product, Part<Price> price, Part<Stock> stock, Part<Review[]> reviews,
		Part<Recommendation[]> recommendations, Part<Long> views, long millis) {

	record Product(String name, String description) {

	}

	record Price(BigDecimal amount, String currency) {

	}

	record Stock(int available) {

	}

	record Review(int stars, String text) {

	}

	record Recommendation(String id, String name) {

	}

	ProductPage tookSince(long startNanos) {
		return new ProductPage(this.product, this.price, this.stock, this.reviews, this.recommendations, this.views,
				(System.nanoTime() - startNanos) / 1_000_000);
	}

}
