package io.github.loopthread.sample;

import java.util.Set;
import java.util.TreeSet;

import io.github.loopthread.sample.QuoteRequests.Received;

/**
 * How far two hundred requests have come, counted by the thread that tells of them.
 */
final class BurstProgress {

	private final long start = System.nanoTime();

	private final Set<String> threads = new TreeSet<>();

	private int done;

	private int failed;

	void add(Received received) {
		this.done++;
		this.threads.add(received.thread());
		if (!received.isAnswer()) {
			this.failed++;
		}
	}

	State state() {
		return new State(QuoteRequests.COUNT, this.done, this.failed, Set.copyOf(this.threads),
				ProductPage.millisSince(this.start));
	}

	record State(int requests, int done, int failed, Set<String> threads, long millis) {

	}

}
