package io.github.loopthread.starter.web;

import java.time.Duration;

import reactor.core.publisher.Mono;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import io.github.loopthread.LoopTemplate;

/**
 * A controller as an application has it, with nothing in it for tests.
 */
@RestController
class PageController {

	private final LoopTemplate loop;

	private final Prices prices;

	PageController(LoopTemplate loop, Prices prices) {
		this.loop = loop;
		this.prices = prices;
	}

	@GetMapping("/price")
	String price() {
		return this.loop.withTimeout(Duration.ofSeconds(2)).execute(this.prices.price());
	}

	/**
	 * What the controller needs, which tests of a slice replace.
	 */
	interface Prices {

		Mono<String> price();

	}

}
