package io.github.loopthread.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.NestedExceptionUtils;

import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopTimeoutException;

/**
 * Reports a loop that could not start, as a rule because of one of its resources.
 */
final class LoopStartFailureAnalyzer extends AbstractFailureAnalyzer<LoopNotRunningException> {

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, LoopNotRunningException failure) {
		if (failure.getCause() == null) {
			// Used at the wrong time, which is not this one's to explain
			return null;
		}
		String description = String.valueOf(failure.getMessage());
		Throwable cause = NestedExceptionUtils.getMostSpecificCause(failure);
		if (!description.contains(String.valueOf(cause.getMessage()))) {
			description += "%n%nIt was caused by %s".formatted(cause);
		}
		boolean late = findCause(failure, LoopTimeoutException.class) != null;
		String action = late ? "Find out what it waits for, or give it more time with 'loop.startup-timeout'."
				: "Make sure that what it needs is there and can be reached.";
		return new FailureAnalysis(description, action, failure);
	}

}
