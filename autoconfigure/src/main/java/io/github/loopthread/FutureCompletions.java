package io.github.loopthread;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Completes futures from outside, apart from the threads that have other things to do:
 * functions that users have chained to a future may block. One that does holds up the
 * others for a moment only.
 */
final class FutureCompletions {

	private static final Log logger = LogFactory.getLog(FutureCompletions.class);

	private static final long PATIENCE_MILLIS = 100;

	private final ThreadFactory threads;

	FutureCompletions(ThreadFactory threads) {
		this.threads = threads;
	}

	/**
	 * Complete futures.
	 * @param completions each of them completes one
	 * @param timeoutMillis how long to wait for that, zero for not at all; they go on
	 * afterwards
	 */
	void run(List<Runnable> completions, long timeoutMillis) {
		if (completions.isEmpty()) {
			return;
		}
		Queue<Runnable> remaining = new ConcurrentLinkedQueue<>(completions);
		try {
			Thread supervisor = this.threads.newThread(() -> supervise(remaining));
			supervisor.start();
			if (timeoutMillis > 0) {
				supervisor.join(timeoutMillis);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (Throwable ex) {
			logger.error("No thread is to be had for completing futures: this one does it", ex);
			complete(remaining);
		}
	}

	/**
	 * Go on with another thread whenever one is stuck.
	 */
	private void supervise(Queue<Runnable> remaining) {
		try {
			while (!remaining.isEmpty()) {
				Thread worker = this.threads.newThread(() -> complete(remaining));
				worker.start();
				worker.join(PATIENCE_MILLIS);
			}
		}
		catch (Throwable ex) {
			logger.error("No thread is to be had for completing futures: this one does it", ex);
			complete(remaining);
		}
	}

	private static void complete(Queue<Runnable> remaining) {
		for (Runnable next = remaining.poll(); next != null; next = remaining.poll()) {
			next.run();
		}
	}

}
