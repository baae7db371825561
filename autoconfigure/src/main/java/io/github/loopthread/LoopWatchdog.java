package io.github.loopthread;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import io.github.loopthread.LoopHeartbeat.Answer;

/**
 * Looks at a loop and its tasks from a thread of its own: whether the loop answers,
 * whether a deadline has passed for which no caller waits, and whether a scope has been
 * forgotten. A blocked loop could do none of it.
 */
final class LoopWatchdog {

	private static final Log logger = LogFactory.getLog(LoopWatchdog.class);

	static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

	private final TaskRegistry tasks;

	private final LoopHeartbeat heartbeat;

	private final LoopLoad load;

	private final StallReporter stalls;

	private final LoopEvents events;

	private final FutureCompletions completions;

	private final ScheduledExecutorService timer;

	// Written by whoever starts it, read by whoever waits for its end
	private volatile @Nullable Thread thread;

	/**
	 * Create a watchdog.
	 * @param heartbeat asks the loop
	 * @param load measures how busy it is
	 * @param stalls where a loop that does not answer is reported
	 * @param events who is told of each answer
	 * @param completions where futures are completed
	 */
	LoopWatchdog(TaskRegistry tasks, LoopHeartbeat heartbeat, LoopLoad load, StallReporter stalls, LoopEvents events,
			ThreadFactory threadFactory, FutureCompletions completions) {
		this.tasks = tasks;
		this.heartbeat = heartbeat;
		this.load = load;
		this.stalls = stalls;
		this.events = events;
		this.completions = completions;
		this.timer = Executors.newSingleThreadScheduledExecutor((task) -> {
			Thread thread = threadFactory.newThread(task);
			this.thread = thread;
			return thread;
		});
	}

	void start() {
		this.timer.scheduleWithFixedDelay(this::look, INTERVAL_NANOS, INTERVAL_NANOS, TimeUnit.NANOSECONDS);
	}

	void close() {
		this.timer.shutdown();
	}

	/**
	 * Wait for the end of the thread. The timer would say that it has ended a moment
	 * before, when a container may find the thread and take it for a leak.
	 */
	void awaitEnd(long timeoutMillis) throws InterruptedException {
		Thread thread = this.thread;
		if (thread != null) {
			thread.join(timeoutMillis);
		}
	}

	private void look() {
		try {
			lookAtLoop();
		}
		catch (Throwable ex) {
			// Deadlines are kept all the same
			logger.error("The watchdog could not say how the loop is", ex);
		}
		try {
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

	private void lookAtLoop() {
		Answer answer = this.heartbeat.beat();
		if (answer != null) {
			this.stalls.answered(answer.owed());
			this.events.answered(answer.lag());
		}
		else {
			this.stalls.owed(this.heartbeat.owedNanos());
		}
		this.load.sample();
	}

}
