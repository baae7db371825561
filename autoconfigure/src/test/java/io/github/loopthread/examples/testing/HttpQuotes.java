package io.github.loopthread.examples.testing;

import reactor.core.publisher.Mono;

import org.springframework.stereotype.Component;
import org.springframework.web.reactive.function.client.WebClient;

@Component
class HttpQuotes implements Quotes {

	private final WebClient client;

	HttpQuotes(WebClient client) {
		this.client = client;
	}

	@Override
	public Mono<String> text(int id) {
		return this.client.get().uri("/texts/{id}", id).retrieve().bodyToMono(String.class);
	}

	@Override
	public Mono<String> author(int id) {
		return this.client.get().uri("/authors/{id}", id).retrieve().bodyToMono(String.class);
	}

}
