package io.github.loopthread.observation;

import java.util.Locale;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;

import io.github.loopthread.LoopTaskListener.Outcome;

/**
 * The names and key values that are in force unless somebody decides otherwise. The name
 * of the task is part of the span's, and a key value of high cardinality.
 *
 * @since 1.0.0
 */
public class DefaultLoopTaskObservationConvention implements LoopTaskObservationConvention {

	@Override
	public String getName() {
		return "loop.execute";
	}

	@Override
	public String getContextualName(LoopTaskObservationContext context) {
		return "loop " + context.getTask();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(LoopTaskObservationContext context) {
		Outcome outcome = context.getOutcome();
		return KeyValues.of("loop", context.getLoop(), "outcome",
				(outcome != null) ? outcome.name().toLowerCase(Locale.ROOT) : KeyValue.NONE_VALUE);
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(LoopTaskObservationContext context) {
		return KeyValues.of("task", context.getTask());
	}

}
