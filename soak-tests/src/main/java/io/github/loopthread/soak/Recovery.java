package io.github.loopthread.soak;

import java.time.Duration;
import java.util.Optional;

import io.github.loopthread.soak.History.Window;

/**
 * When the application was well again. That is the beginning of the first half second in
 * which at least 95 percent of the requests that were due were a success. What is due is
 * given by the clock and not by what comes back, and it is the same before and after a
 * fault: so this share says how much of the throughput before the fault is back, and of
 * the success rate as well.
 */
final class Recovery {

	static final double SHARE = 0.95;

	static final int WINDOW = 10;

	private final History history;

	private final int end;

	private int next;

	/**
	 * Look for a recovery.
	 * @param history what became of the requests
	 * @param end the slot in which the fault ended
	 */
	Recovery(History history, int end) {
		this.history = history;
		this.end = end;
		this.next = end;
	}

	/**
	 * Return how long it took, empty while that is not known.
	 * @param now the current slot
	 */
	Optional<Duration> look(int now) {
		while (this.next + WINDOW < now) {
			Window window = this.history.window(this.next, WINDOW);
			if (window.due() > 0 && window.good() >= SHARE * window.due()) {
				return Optional.of(History.SLOT.multipliedBy(this.next - this.end));
			}
			if (!window.isDecided()) {
				return Optional.empty();
			}
			this.next++;
		}
		return Optional.empty();
	}

}
