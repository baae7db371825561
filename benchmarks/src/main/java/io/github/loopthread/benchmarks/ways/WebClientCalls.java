package io.github.loopthread.benchmarks.ways;

import java.util.List;

import reactor.core.publisher.Mono;

import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.benchmarks.Item;
import io.github.loopthread.benchmarks.Target;

/**
 * The calls of every way that uses a {@link WebClient}: the ways differ in what waits for
 * them, and where they run.
 */
record WebClientCalls(WebClient client, String path) {

	Mono<Item> get(int call) {
		return get(call, Item.class);
	}

	<T> Mono<T> get(int call, Class<T> body) {
		return this.client.get().uri(this.path + "{id}", Target.id(call)).retrieve().bodyToMono(body);
	}

	Mono<List<Item>> fetch(int calls) {
		return FanOut.of(calls, this::get);
	}

}
