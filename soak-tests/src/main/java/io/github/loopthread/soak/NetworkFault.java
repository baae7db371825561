package io.github.loopthread.soak;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

import io.github.loopthread.faults.Fault;

/**
 * What can happen to the network between the application and its upstream.
 */
enum NetworkFault {

	LATENCY, BANDWIDTH, SLICER, SLOW_CLOSE, BLACK_HOLE, RESET_PEER, LIMIT_DATA,

	/** Nothing listens any more, which is no affair of the bytes. */
	DOWN;

	/**
	 * Return what happens to the bytes.
	 * @param end counted down when the fault is over
	 */
	Fault create(CountDownLatch end) {
		return switch (this) {
			case LATENCY -> Fault.latency(Duration.ofMillis(200));
			case BANDWIDTH -> Fault.bandwidth(2);
			case SLICER -> Fault.slicer(7);
			case SLOW_CLOSE -> Fault.slowClose(end);
			case BLACK_HOLE -> Fault.blackHole();
			case RESET_PEER -> Fault.reset(600);
			case LIMIT_DATA -> Fault.limitData(600);
			case DOWN -> Fault.none();
		};
	}

}
