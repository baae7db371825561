package io.github.loopthread.sample;

import java.time.Duration;

import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * How long a product page on the loop may take, for as long as the sample runs.
 */
@RestController
class DeadlineController {

	private static final Duration SHORTEST = Duration.ofMillis(10);

	private static final Duration LONGEST = Duration.ofSeconds(30);

	private final ProductController products;

	DeadlineController(ProductController products) {
		this.products = products;
	}

	@GetMapping("/deadline")
	Deadline deadline() {
		return new Deadline(this.products.timeout().toMillis());
	}

	@PutMapping("/deadline/{timeout}")
	Deadline change(@PathVariable Duration timeout) {
		if (timeout.compareTo(SHORTEST) < 0 || timeout.compareTo(LONGEST) > 0) {
			throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "A page gets from %dms to %dms, not %s"
				.formatted(SHORTEST.toMillis(), LONGEST.toMillis(), timeout));
		}
		this.products.timeout(timeout);
		return deadline();
	}

	record Deadline(long millis) {

	}

}
