package io.github.loopthread.sample;

import java.math.BigDecimal;

/**
 * A page of the shop.
 */
record ProductPage(Product product, Part<Price> price, Part<Stock> stock, Part<Review[]> reviews,
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

	static long millisSince(long startNanos) {
		return (System.nanoTime() - startNanos) / 1_000_000;
	}

}
