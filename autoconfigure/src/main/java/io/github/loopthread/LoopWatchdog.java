package io.github.loopthread;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Looks at the tasks of a loop from a thread of its own, so that a blocked loop cannot
 * keep a deadline from firing for which no caller waits.
 */
final class LoopWatchdog {

	private static final Log logger = LogFactory.getLog(LoopWatchdog.class);

	private static final long INTERVAL_MILLIS = 100;

	private final TaskRegistry tasks;

	private final ScheduledExecutorService timer;

	LoopWatchdog(TaskRegistry tasks, ThreadFactory threadFactory) {
		this.tasks = tasks;
		this.timer = Executors.newSingleThreadScheduledExecutor(threadFactory);
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
			this.tasks.forEach(LoopTask::lookAfter);
		}
		catch (Throwable ex) {
			// The timer would never call again
			logger.error("The watchdog could not look after every task", ex);
		}
	}

}
