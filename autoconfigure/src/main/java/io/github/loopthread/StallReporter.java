package io.github.loopthread;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.IntSupplier;

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

	private final IntSupplier openTasks;

	private final LoopEvents events;

	// Whoever keeps deadlines must not wait for a log or a listener
	private final Executor reports;

	// What is being reported, and when again; these two are the watchdog's

	private @Nullable LoopStall current;

	private long nextReportNanos;

	/**
	 * Create a reporter.
	 * @param threads says what the loop's thread does
	 * @param threshold what may pass before there is something to report; zero for never
	 * @param openTasks how many tasks a stall holds up
	 * @param events who else is to be told
	 * @param reports where the log is written and listeners are called, in order
	 */
	StallReporter(GenerationThreads threads, Duration threshold, IntSupplier openTasks, LoopEvents events,
			Executor reports) {
		this.threads = threads;
		this.thresholdNanos = threshold.isZero() ? Long.MAX_VALUE : Deadline.nanos(threshold);
		this.openTasks = openTasks;
		this.events = events;
		this.reports = reports;
	}

	/**
	 * Report what there is to report of a loop that owes an answer.
	 * @param nanos for how long by now
	 */
	void owed(long nanos) {
		if (this.current == null && nanos >= this.thresholdNanos) {
			LoopStall stall = report("has not answered for", nanos);
			this.current = stall;
			this.reports.execute(() -> this.events.stalled(stall));
		}
		else if (this.current != null && nanos >= this.nextReportNanos) {
			report("still has not answered after", nanos);
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
			this.reports.execute(() -> {
				logger.warn("Loop '%s' answers again after %s, for which it was %s".formatted(this.threads.name(),
						LoopTimeoutException.millis(owed), in(ended.task())));
				this.events.recovered(ended);
			});
		}
		else if (owed.toNanos() >= this.thresholdNanos) {
			LoopStall unseen = new LoopStall(null, null, owed);
			this.reports.execute(() -> {
				logger.warn("Loop '%s' did not answer for %s. That was over before anybody could see what it was"
					.formatted(this.threads.name(), LoopTimeoutException.millis(owed)));
				this.events.stalled(unseen);
				this.events.recovered(unseen);
			});
		}
	}

	private LoopStall report(String what, long nanos) {
		this.nextReportNanos = 2 * nanos;
		Duration owed = Duration.ofNanos(nanos);
		LoopTask<?> task = this.threads.currentTask();
		Throwable stack = this.threads.stack();
		String frame = GenerationThreads.frameOf(stack.getStackTrace());
		LoopStall stall = new LoopStall((task != null) ? task.name() : null, frame, owed);
		String message = ("Loop '%s' %s %s: it is %s at %s, and holds up %d open tasks. Nothing on the loop may block or "
				+ "compute for long%s")
			.formatted(this.threads.name(), what, LoopTimeoutException.millis(owed), in(stall.task()), frame,
					this.openTasks.getAsInt(),
					(task != null) ? ". The task came from %s".formatted(task.describeCaller()) : "");
		this.reports.execute(() -> logger.warn(message, stack));
		return stall;
	}

	private static String in(@Nullable String task) {
		return (task != null) ? "in task '%s'".formatted(task) : "in none of its tasks";
	}

}
