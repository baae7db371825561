package io.github.loopthread.examples;

import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopOverloadedException;
import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopTimeoutException;

/**
 * The exception handlers of docs/errors.md.
 */
@RestControllerAdvice
class ShopProblems {

	@ExceptionHandler
	ResponseEntity<String> handle(LoopTimeoutException ex) {
		return ResponseEntity.status(504).body("The shop's services are slow. Try again in a moment");
	}

	@ExceptionHandler({ LoopOverloadedException.class, LoopNotRunningException.class, LoopStoppedException.class })
	ResponseEntity<String> handle(RuntimeException ex) {
		return ResponseEntity.status(503).header("Retry-After", "5").body("The shop is busy");
	}

	@ExceptionHandler
	ResponseEntity<String> handle(WebClientResponseException ex) {
		return ResponseEntity.status(502).body("A service of the shop is broken");
	}

}
