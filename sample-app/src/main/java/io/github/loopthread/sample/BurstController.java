package io.github.loopthread.sample;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;

/**
 * Two hundred requests at once, and the threads that received the answers.
 */
@RestController
class BurstController {

	private static final int REQUESTS = 200;

	private final LoopTemplate loop;

	private final WebClient client;

	BurstController(LoopTemplate loop, WebClient client) {
		this.loop = loop.withName("burst");
		this.client = client;
	}

	@GetMapping("/burst")
	Burst burst() {
		long start = System.nanoTime();
		List<Received> received = this.loop
			.execute(Flux.range(1, REQUESTS).flatMap(this::request, REQUESTS).collectList());
		Set<String> threads = new TreeSet<>();
		received.forEach((answer) -> threads.add(answer.thread()));
		return new Burst(REQUESTS, received.size(), threads, (System.nanoTime() - start) / 1_000_000);
	}

	private Mono<Received> request(int id) {
		return this.client.get()
			.uri("/quotes/{id}", id)
			.retrieve()
			.bodyToMono(Quote.class)
			.map((quote) -> new Received(quote, Thread.currentThread().getName()));
	}

	record Burst(int requests, int results, Set<String> threads, long millis) {

	}

	private record Received(Quote quote, String thread) {

	}

}
