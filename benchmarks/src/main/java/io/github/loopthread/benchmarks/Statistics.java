package io.github.loopthread.benchmarks;

import java.util.stream.DoubleStream;

/**
 * The least, the middle and the greatest of some figures.
 */
record Statistics(double min, double median, double max) {

	static Statistics of(DoubleStream figures) {
		double[] sorted = figures.sorted().toArray();
		int middle = sorted.length / 2;
		double median = (sorted.length % 2 == 1) ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
		return new Statistics(sorted[0], median, sorted[sorted.length - 1]);
	}

}
