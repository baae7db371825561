package io.github.loopthread.benchmarks;

import java.util.concurrent.Callable;

/**
 * Measures until next to nothing is compiled any more: what is measured before is the
 * compilers.
 */
final class WarmMeasurement {

	private static final double LITTLE_COMPILING = 0.1;

	private static final int MOST_ROUNDS = 10;

	private WarmMeasurement() {
	}

	/**
	 * Return the first of the measurements during which the compilers had little to do,
	 * or the last one.
	 */
	static Measurement take(Callable<Measurement> measurement) throws Exception {
		Measurement measured = measurement.call();
		for (int round = 1; round < MOST_ROUNDS && measured.compilingShare() >= LITTLE_COMPILING; round++) {
			measured = measurement.call();
		}
		return measured;
	}

}
