package io.github.loopthread.soak;

import java.util.concurrent.atomic.AtomicLong;

import org.springframework.stereotype.Component;

/**
 * Errors of the kinds that Reactor does not signal, thrown behind every fifth response
 * while they are switched on.
 */
@Component
class FatalErrors {

	private final AtomicLong count = new AtomicLong();

	private volatile boolean on;

	void set(boolean on) {
		this.on = on;
	}

	void mayThrow(Call call) {
		if (!this.on) {
			return;
		}
		long number = this.count.incrementAndGet();
		if (number % 5 == 0) {
			call.fail(
					(number % 2 == 0) ? new NoClassDefFoundError("on purpose") : new StackOverflowError("on purpose"));
		}
	}

	/**
	 * Return how many were thrown.
	 */
	long thrown() {
		return this.count.get() / 5;
	}

}
