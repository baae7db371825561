package io.github.loopthread.sample;

import reactor.core.publisher.Mono;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;

/**
 * The first example of the README.
 */
@RestController
class QuoteController {

	private final LoopTemplate loop;

	private final WebClient client;

	QuoteController(LoopTemplate loop, WebClient client) {
		this.loop = loop;
		this.client = client;
	}

	@GetMapping("/quotes/{id}")
	Quote quote(@PathVariable String id) {
		Mono<Quote> quote = this.client.get().uri("/quotes/{id}", id).retrieve().bodyToMono(Quote.class);
		return this.loop.execute(quote);
	}

}
