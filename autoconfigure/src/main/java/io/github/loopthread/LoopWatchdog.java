package io.github.loopthread;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Looks at a loop and its tasks from a thread of its own: whether the loop answers,
 * whether a deadline has passed for which no caller waits, and whether a scope has been
 * forgotten. A blocked loop could do none of it.
 */
final class LoopWatchdog {

	private static final Log logger = LogFactory.getLog(LoopWatchdog.class);

	private static final long INTERVAL_MILLIS = 100;

	private final TaskRegistry tasks;

	private final Executor loop;

	private final FutureCompletions completions;

	private final ScheduledExecutorService timer;

	// When the loop was asked for an answer that it still owes, zero when it owes none;
	// written by the watchdog and by the loop, read by those who give up waiting
	private volatile long askedNanos;

	/**
	 * Create a watchdog.
	 * @param completions where futures are completed
	 */
	LoopWatchdog(TaskRegistry tasks, Executor loop, ThreadFactory threadFactory, FutureCompletions completions) {
		this.tasks = tasks;
		this.loop = loop;
		this.completions = completions;
		this.timer = Executors.newSingleThreadScheduledExecutor(threadFactory);
	}

	/**
	 * Return whether the loop has owed an answer for longer than an interval.
	 */
	boolean isLoopBlocked() {
		long asked = this.askedNanos;
		return asked != 0 && System.nanoTime() - asked > TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS);
	}

	void start() {
		this.timer.scheduleWithFixedDelay(this::look, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
	}

	void close() {
		this.timer.shutdown();
	}

	boolean awaitEnd(long timeoutMillis) throws InterruptedException {
		return this.timer.awaitTermination(timeoutMillis, TimeUnit.MILLISECONDS);
	}

	private void look() {
		try {
			ask();
			List<Runnable> due = new ArrayList<>();
			this.tasks.forEach((task) -> {
				if (task.needsLookingAfter()) {
					due.add(task::lookAfter);
				}
			});
			this.tasks.forEachScope((scope) -> {
				if (scope.isForgotten()) {
					this.tasks.remove(scope);
					due.add(scope::reportForgotten);
				}
			});
			this.completions.run(due, 0);
		}
		catch (Throwable ex) {
			// The timer would never call again
			logger.error("The watchdog could not look after every task", ex);
		}
	}

	private void ask() {
		if (this.askedNanos == 0) {
			this.askedNanos = System.nanoTime();
			try {
				this.loop.execute(() -> this.askedNanos = 0);
			}
			catch (RejectedExecutionException ex) {
				// It has just ended, and is not blocked
				this.askedNanos = 0;
			}
		}
	}

}
