package io.github.loopthread.observation;

import java.util.concurrent.atomic.AtomicBoolean;

import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

import io.github.loopthread.LoopTaskListener;

/**
 * The observation of one task. Its scope is open on the caller's thread while what
 * travels is captured. A task may have ended by then, in which case the observation stops
 * when that scope has been closed.
 */
final class ObservedTask implements LoopTaskListener {

	private final Observation observation;

	private final LoopTaskObservationContext context;

	private final Observation.Scope scope;

	// Set by whoever comes first, the end of the scope or that of the task
	private final AtomicBoolean oneHasEnded = new AtomicBoolean();

	ObservedTask(Observation observation, LoopTaskObservationContext context) {
		this.observation = observation;
		this.context = context;
		this.scope = observation.openScope();
	}

	@Override
	public void handedOver() {
		this.scope.close();
		stopIfBothHaveEnded();
	}

	@Override
	public void ended(Outcome outcome, @Nullable Throwable failure) {
		this.context.setOutcome(outcome);
		// Cancelled is what nobody needs any more: no failure
		if (failure != null && outcome != Outcome.CANCELLED) {
			this.observation.error(failure);
		}
		stopIfBothHaveEnded();
	}

	private void stopIfBothHaveEnded() {
		if (!this.oneHasEnded.compareAndSet(false, true)) {
			this.observation.stop();
		}
	}

}
