package io.github.loopthread.benchmarks;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import io.github.loopthread.benchmarks.ways.ReactiveWay;
import io.github.loopthread.benchmarks.ways.Way;

/**
 * The page under load.
 */
@RestController
class PageController {

	private final Way way;

	private final int calls;

	PageController(Way way, int calls) {
		this.way = way;
		this.calls = calls;
	}

	@GetMapping("/page")
	Object page() throws Exception {
		return (this.way instanceof ReactiveWay reactive) ? reactive.publish(this.calls) : this.way.fetch(this.calls);
	}

}
