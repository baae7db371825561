package io.github.loopthread.benchmarks;

import java.util.Collection;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * The least, the middle and the greatest of some figures.
 */
record Statistics(double min, double median, double max) {

	static Statistics of(double... figures) {
		return of(DoubleStream.of(figures));
	}

	static Statistics of(DoubleStream figures) {
		double[] sorted = figures.sorted().toArray();
		int middle = sorted.length / 2;
		double median = (sorted.length % 2 == 1) ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
		return new Statistics(sorted[0], median, sorted[sorted.length - 1]);
	}

	static <T> Statistics of(Collection<T> all, ToDoubleFunction<T> figure) {
		return of(all.stream().mapToDouble(figure));
	}

	/** Return all three as text. */
	String format(DoubleFunction<String> format) {
		return "%s – **%s** – %s".formatted(format.apply(this.min), format.apply(this.median), format.apply(this.max));
	}

}
