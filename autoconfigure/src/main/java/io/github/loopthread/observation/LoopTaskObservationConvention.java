package io.github.loopthread.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * Decides names and key values of the observation of a task. What is low in cardinality
 * must always be there, with the same keys: meters are made of it.
 *
 * @since 1.0.0
 * @see DefaultLoopTaskObservationConvention
 */
public interface LoopTaskObservationConvention extends ObservationConvention<LoopTaskObservationContext> {

	@Override
	default boolean supportsContext(Observation.Context context) {
		return context instanceof LoopTaskObservationContext;
	}

}
