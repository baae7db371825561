package io.github.loopthread.health;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.util.Assert;

import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopThread.State;

/**
 * The health of a loop: asks it for an answer, as a task would.
 * <ul>
 * <li>Up when it answers.
 * <li>Down when it does not within a second, or has died.
 * <li>Out of service while it drains, and whenever it has been stopped or has not come to
 * run yet: then somebody has decided so.
 * </ul>
 * The details are the state, the generation, the lag in milliseconds, and the frame that
 * blocks the loop if one does.
 * <p>
 * It waits for a second at most, and on the loop thread itself not at all. It says
 * nothing of the tasks: they may all be late while the loop is in the best of health.
 *
 * @since 1.0.0
 */
public final class LoopHealthIndicator extends AbstractHealthIndicator {

	private static final long PATIENCE_MILLIS = 1000;

	private final LoopThread loop;

	/**
	 * Create an indicator.
	 * @param loop the loop to ask
	 * @throws IllegalArgumentException when the loop is {@code null}
	 */
	public LoopHealthIndicator(LoopThread loop) {
		super("The health of the loop could not be told");
		Assert.notNull(loop, "'loop' must not be null");
		this.loop = loop;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		// A loop that has not been started would be on demand
		boolean answers = this.loop.state() == State.RUNNING && answers();
		State state = this.loop.state();
		switch (state) {
			case RUNNING -> builder.status(answers ? Status.UP : Status.DOWN);
			case FAILED -> builder.down();
			case NEW, STARTING, DRAINING, STOPPED -> builder.outOfService();
		}
		builder.withDetail("state", state)
			.withDetail("generation", this.loop.getGeneration())
			.withDetail("lagMillis", this.loop.lag().toMillis());
		String frame = this.loop.blockedIn();
		if (frame != null) {
			builder.withDetail("blockedIn", frame);
		}
	}

	private boolean answers() {
		if (this.loop.inLoop()) {
			return true;
		}
		try {
			CompletableFuture.runAsync(() -> {
			}, this.loop.eventLoopGroup()).get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
			return true;
		}
		catch (TimeoutException | ExecutionException | RejectedExecutionException ex) {
			return false;
		}
		catch (InterruptedException ex) {
			// Whoever asks is being stopped, and nobody will read the answer
			Thread.currentThread().interrupt();
			return false;
		}
	}

}
