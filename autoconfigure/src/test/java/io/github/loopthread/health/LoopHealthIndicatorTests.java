package io.github.loopthread.health;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

import io.github.loopthread.LoopFreezer;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopThread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link LoopHealthIndicator}.
 */
@Timeout(30)
class LoopHealthIndicatorTests {

	private final LoopThread loop = new LoopThread(LoopSettings.defaults(), List.of());

	private final LoopHealthIndicator indicator = new LoopHealthIndicator(this.loop);

	@AfterEach
	void stop() {
		Thread.interrupted();
		this.loop.stop();
	}

	@Test
	void doesNotStartLoop() {
		assertThat(this.indicator.health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
		assertThat(this.loop.getGeneration()).isZero();
	}

	@Test
	void waitsForNothingOnLoopThread() throws Exception {
		this.loop.start();
		Health health = CompletableFuture.supplyAsync(this.indicator::health, this.loop.eventLoopGroup())
			.get(20, TimeUnit.SECONDS);
		assertThat(health.getStatus()).isEqualTo(Status.UP);
	}

	@Test
	void interruptedCallerKeepsItsFlag() {
		this.loop.start();
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loop)) {
			Thread.currentThread().interrupt();
			this.indicator.health();
			assertThat(Thread.interrupted()).isTrue();
		}
	}

	@Test
	void needsLoop() {
		assertThatIllegalArgumentException().isThrownBy(() -> new LoopHealthIndicator(null))
			.withMessageContaining("'loop'");
	}

}
