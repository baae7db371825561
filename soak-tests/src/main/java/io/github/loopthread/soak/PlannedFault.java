package io.github.loopthread.soak;

import java.time.Duration;

import io.github.loopthread.faults.FaultProxy.Direction;

/**
 * One fault of a schedule.
 *
 * @param kind what happens
 * @param pause how long the application is well before it
 * @param duration how long it goes on, if that is not decided by itself
 * @param network which fault of the network, if it is one
 * @param direction in which direction
 */
record PlannedFault(FaultKind kind, Duration pause, Duration duration, NetworkFault network, Direction direction) {

	@Override
	public String toString() {
		return (this.kind == FaultKind.NETWORK) ? "%s %s %s".formatted(this.kind, this.network, this.direction)
				: this.kind.toString();
	}

}
