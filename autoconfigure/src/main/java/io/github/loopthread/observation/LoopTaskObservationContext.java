package io.github.loopthread.observation;

import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

import io.github.loopthread.LoopTaskListener.Outcome;

/**
 * What there is to know of a task that is observed.
 *
 * @since 1.0.0
 */
public final class LoopTaskObservationContext extends Observation.Context {

	private final String loop;

	private final String task;

	// Written by the thread that ends the task, read by the one that ends the observation
	private volatile @Nullable Outcome outcome;

	LoopTaskObservationContext(String loop, String task) {
		this.loop = loop;
		this.task = task;
	}

	/**
	 * Return the name of the loop.
	 * @return the name
	 */
	public String getLoop() {
		return this.loop;
	}

	/**
	 * Return the name of the task.
	 * @return the name
	 */
	public String getTask() {
		return this.task;
	}

	/**
	 * Return how the task has ended.
	 * @return the outcome, {@code null} while there is none
	 */
	public @Nullable Outcome getOutcome() {
		return this.outcome;
	}

	void setOutcome(Outcome outcome) {
		this.outcome = outcome;
	}

}
