package io.github.loopthread.starter.web;

import reactor.core.publisher.Mono;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import io.github.loopthread.LoopOperations;

/**
 * A controller that knows the interface only.
 */
@RestController
class OperationsController {

	private final LoopOperations loop;

	OperationsController(LoopOperations loop) {
		this.loop = loop;
	}

	@GetMapping("/greeting")
	String greeting() {
		return "Hello " + this.loop.execute(Mono.fromSupplier(() -> Thread.currentThread().getName()));
	}

}
