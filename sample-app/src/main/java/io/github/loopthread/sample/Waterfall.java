package io.github.loopthread.sample;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * How a page was made: each of its calls, and what came of it.
 *
 * @param millis how long it took
 * @param thread the thread that made it and waited
 * @param page the page, {@code null} if there is none
 * @param problem why there is none
 * @param message what the exception says, if it is one of LoopThread
 * @param calls the calls, in the order in which the page asked for them
 */
record Waterfall(double millis, String thread, @Nullable ProductPage page, @Nullable String problem,
		@Nullable String message, List<Call> calls) {

	static Waterfall of(ProductPage page, Recording recording) {
		return new Waterfall(recording.millis(), Thread.currentThread().getName(), page, null, null, recording.calls());
	}

	static Waterfall withoutPage(RuntimeException failure, Recording recording) {
		return new Waterfall(recording.millis(), Thread.currentThread().getName(), null, Reason.of(failure),
				Reason.messageOf(failure), recording.calls());
	}

}
