package io.github.loopthread.soak;

import java.time.Duration;
import java.util.Optional;

/**
 * A fault that was there.
 *
 * @param planned what it was
 * @param begin when it began, since the load did
 * @param took how long it was there
 * @param success share of the requests that were due meanwhile and were a success
 * @param recovery time from its end until the application was well again, empty if it was
 * not within the time that was waited for it
 */
record InjectedFault(PlannedFault planned, Duration begin, Duration took, double success, Optional<Duration> recovery) {

	boolean isRecoveredWithin(Duration limit) {
		return this.recovery.isPresent() && this.recovery.get().compareTo(limit) <= 0;
	}

	@Override
	public String toString() {
		return "%s at %.1f s for %d ms, %.0f%% success, recovered %s".formatted(this.planned,
				this.begin.toMillis() / 1e3, this.took.toMillis(), 100 * this.success,
				this.recovery.map((time) -> "after %d ms".formatted(time.toMillis())).orElse("not in time"));
	}

}
