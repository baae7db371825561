package io.github.loopthread.leaks;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The figures of a process at one moment, when it was at rest.
 */
final class Census {

	/**
	 * What a line begins with that is a census.
	 */
	static final String LINE = "census: ";

	private final Map<Figure, Long> figures;

	Census(Map<Figure, Long> figures) {
		this.figures = Collections.unmodifiableMap(new EnumMap<>(figures));
	}

	static Census parse(String line) {
		Map<Figure, Long> figures = new EnumMap<>(Figure.class);
		for (String figure : line.substring(LINE.length()).split(" ")) {
			int equals = figure.indexOf('=');
			figures.put(Figure.valueOf(figure.substring(0, equals)), Long.valueOf(figure.substring(equals + 1)));
		}
		return new Census(figures);
	}

	long get(Figure figure) {
		return this.figures.get(figure);
	}

	/**
	 * Return by how much a figure grows for each that is done, by the line that fits best
	 * (least squares).
	 */
	static double slope(List<Census> points, Figure figure) {
		double meanX = points.stream().mapToLong((point) -> point.get(Figure.DONE)).average().orElseThrow();
		double meanY = points.stream().mapToLong((point) -> point.get(figure)).average().orElseThrow();
		double covariance = 0;
		double variance = 0;
		for (Census point : points) {
			double x = point.get(Figure.DONE) - meanX;
			covariance += x * (point.get(figure) - meanY);
			variance += x * x;
		}
		return covariance / variance;
	}

	/**
	 * Print a line for each figure, with a column for each point.
	 */
	static void print(String title, List<Census> points) {
		StringBuilder table = new StringBuilder(title).append(System.lineSeparator());
		for (Figure figure : points.get(0).figures.keySet()) {
			table.append("%-22s".formatted(figure.title()));
			points.forEach((point) -> table.append(" %,11d".formatted(point.get(figure))));
			table.append(System.lineSeparator());
		}
		System.out.print(table);
	}

	/**
	 * Return the line that {@link #parse} reads.
	 */
	@Override
	public String toString() {
		return LINE + Arrays.stream(Figure.values())
			.filter(this.figures::containsKey)
			.map((figure) -> figure + "=" + get(figure))
			.collect(Collectors.joining(" "));
	}

}
