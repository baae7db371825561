package io.github.loopthread.sample;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.sample.QuoteRequests.Received;

/**
 * Two hundred requests at once, in one task.
 */
@RestController
class BurstController {

	private final LoopTemplate loop;

	private final QuoteRequests requests;

	BurstController(LoopTemplate loop, QuoteRequests requests) {
		this.loop = loop.withName("burst");
		this.requests = requests;
	}

	@GetMapping("/burst")
	Burst burst() {
		long start = System.nanoTime();
		List<Received> received = this.loop.execute(this.requests.send().collectList());
		Set<String> threads = new TreeSet<>();
		received.forEach((answer) -> threads.add(answer.thread()));
		return new Burst(QuoteRequests.COUNT, received.size(), threads, ProductPage.millisSince(start));
	}

	record Burst(int requests, int results, Set<String> threads, long millis) {

	}

}
