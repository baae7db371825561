package io.github.loopthread.sample;

import java.time.Duration;
import java.util.Locale;

/**
 * The services behind the shop, and how long each takes to answer.
 */
enum Upstream {

	PRODUCT(40, """
			{"name": "Garden chair %1$s", "description": "Folds flat, stays outdoors"}"""),

	PRICE(80, """
			{"amount": 49.90, "currency": "EUR"}"""),

	STOCK(20, """
			{"available": 12}"""),

	REVIEWS(250,
			"""
					[{"stars": 5, "text": "Still stands after three winters"}, {"stars": 4, "text": "Heavier than it looks"}]"""),

	RECOMMENDATIONS(400, """
			[{"id": "8", "name": "Garden table"}, {"id": "9", "name": "Cushion"}]"""),

	QUOTES(50, """
			{"id": "%1$s", "text": "A watched pot blocks a thread"}""");

	private final Duration latency;

	private final String json;

	Upstream(int latencyMillis, String json) {
		this.latency = Duration.ofMillis(latencyMillis);
		this.json = json;
	}

	Duration latency() {
		return this.latency;
	}

	String json(String id) {
		return this.json.formatted(id);
	}

	String path() {
		return name().toLowerCase(Locale.ROOT);
	}

}
