package io.github.loopthread.soak;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

import io.github.loopthread.faults.Fault;

/**
 * What can happen to the network between the application and its upstream.
 */
enum NetworkFault {

	LATENCY((end) -> Fault.latency(Duration.ofMillis(200))),

	BANDWIDTH((end) -> Fault.bandwidth(2)),

	SLICER((end) -> Fault.slicer(7)),

	SLOW_CLOSE(Fault::slowClose),

	BLACK_HOLE((end) -> Fault.blackHole()),

	RESET_PEER((end) -> Fault.reset(600)),

	LIMIT_DATA((end) -> Fault.limitData(600)),

	/** Nothing listens any more, which is no affair of a pipe. */
	DOWN((end) -> Fault.none());

	private final Function<CountDownLatch, Fault> fault;

	NetworkFault(Function<CountDownLatch, Fault> fault) {
		this.fault = fault;
	}

	/**
	 * Return what happens to the bytes.
	 * @param end counted down when the fault is over
	 */
	Fault create(CountDownLatch end) {
		return this.fault.apply(end);
	}

}
