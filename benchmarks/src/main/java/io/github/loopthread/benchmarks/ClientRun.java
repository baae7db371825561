package io.github.loopthread.benchmarks;

import java.time.Duration;

/**
 * What a client process is to do next. Either part ends after so many seconds, or so many
 * requests if that comes first.
 */
record ClientRun(int callers, double unmeasuredSeconds, double seconds, long requests) {

	/** Return one that only warms up. */
	static ClientRun warmUp(int callers, double seconds, long requests) {
		return new ClientRun(callers, seconds, 0, requests);
	}

	/** Return one that is measured once it has settled for so many seconds. */
	static ClientRun measured(int callers, double settling, double seconds, long requests) {
		return new ClientRun(callers, settling, seconds, requests);
	}

	Duration unmeasured() {
		return Duration.ofMillis((long) (this.unmeasuredSeconds * 1000));
	}

	Duration measured() {
		return Duration.ofMillis((long) (this.seconds * 1000));
	}

}
