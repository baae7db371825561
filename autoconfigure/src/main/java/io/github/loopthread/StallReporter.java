package io.github.loopthread;

import java.time.Duration;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Reports a loop that does not answer: once when the threshold has passed, again at
 * intervals that double, and when it answers.
 */
final class StallReporter {

	private static final Log logger = LogFactory.getLog(StallReporter.class);

	private final GenerationThreads threads;

	private final long thresholdNanos;

	private final LoopEvents events;

	// What is being reported, and when again; these two are the watchdog's

	private @Nullable LoopStall current;

	private long nextReportNanos;

	/**
	 * Create a reporter.
	 * @param threads says what the loop's thread does
	 * @param threshold what may pass before there is something to report; zero for never
	 * @param events who else is to be told
	 */
	StallReporter(GenerationThreads threads, Duration threshold, LoopEvents events) {
		this.threads = threads;
		this.thresholdNanos = threshold.isZero() ? Long.MAX_VALUE : Deadline.nanos(threshold);
		this.events = events;
	}

	/**
	 * Report what there is to report of a loop that owes an answer.
	 * @param nanos for how long by now
	 */
	void owed(long nanos) {
		if (this.current == null && nanos >= this.thresholdNanos) {
			LoopStall stall = stall(Duration.ofNanos(nanos));
			this.current = stall;
			report("has not answered", nanos);
			this.events.stalled(stall);
		}
		else if (this.current != null && nanos >= this.nextReportNanos) {
			report("still has not answered", nanos);
		}
	}

	/**
	 * Report that the loop answers again, if it did not.
	 * @param owed for how long it has owed the answer
	 */
	void answered(Duration owed) {
		LoopStall stall = this.current;
		if (stall != null) {
			this.current = null;
			LoopStall ended = new LoopStall(stall.task(), stall.frame(), owed);
			logger.warn("Loop '%s' answers again: it did not for %s, %s".formatted(this.threads.name(),
					LoopTimeoutException.millis(owed), during(ended.task())));
			this.events.recovered(ended);
		}
	}

	private LoopStall stall(Duration owed) {
		LoopTask<?> task = this.threads.currentTask();
		return new LoopStall((task != null) ? task.name() : null, this.threads.currentFrame(), owed);
	}

	private void report(String what, long nanos) {
		this.nextReportNanos = 2 * nanos;
		LoopTask<?> task = this.threads.currentTask();
		String during = during((task != null) ? task.name() : null);
		String origin = (task != null) ? ", which came from %s".formatted(task.describeCaller()) : "";
		logger.warn("Loop '%s' %s for %s, %s%s".formatted(this.threads.name(), what,
				LoopTimeoutException.millis(Duration.ofNanos(nanos)), during, origin), this.threads.stack());
	}

	private static String during(@Nullable String task) {
		return (task != null) ? "in task '%s'".formatted(task) : "in none of its tasks";
	}

}
