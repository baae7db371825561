package io.github.loopthread.sample;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

import io.github.loopthread.LoopTemplate;

/**
 * Blocks the loop on purpose, once at a time: what no application should do, to see what
 * becomes of all others. A PUT, which a page of another site cannot send.
 */
@RestController
class BlockedLoopController {

	private static final Duration TIME = Duration.ofSeconds(3);

	private final LoopTemplate loop;

	// Guarded by this
	private @Nullable CompletableFuture<?> blockage;

	BlockedLoopController(LoopTemplate loop) {
		this.loop = loop.withName("blocks on purpose");
	}

	@PutMapping("/loop/blocked")
	@ResponseStatus(HttpStatus.ACCEPTED)
	synchronized Blocked block() {
		if (this.blockage == null || this.blockage.isDone()) {
			this.blockage = this.loop.submit(Mono.fromRunnable(BlockedLoopController::blockOnPurpose));
		}
		return new Blocked(TIME.toMillis());
	}

	private static void blockOnPurpose() {
		try {
			// Nobody counts down
			new CountDownLatch(1).await(TIME.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	record Blocked(long millis) {

	}

}
