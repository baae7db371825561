package io.github.loopthread.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

import io.github.loopthread.benchmarks.ways.WayType;

/**
 * Runs ways in turn, 1 2 3 1 2 3, and compares each with the first one in the same round:
 * what the machine does meanwhile is then much the same for both.
 */
final class Comparison {

	private final Map<WayType, List<Measurement>> rounds = new LinkedHashMap<>();

	/** Run all ways, and say on standard error how it goes. */
	static Comparison run(List<WayType> ways, int rounds, Round round) throws Exception {
		Comparison comparison = new Comparison();
		ways.forEach((way) -> comparison.rounds.put(way, new ArrayList<>()));
		for (int number = 1; number <= rounds; number++) {
			for (WayType way : ways) {
				Measurement measured = round.measure(way);
				comparison.rounds.get(way).add(measured);
				System.err.printf(Locale.ROOT, "round %d of %d, %s: %.0f requests/s, %.1f us of CPU each, %d errors%n",
						number, rounds, way.id(), measured.requestsPerSecond(), measured.cpuMicrosPerRequest(),
						measured.errors());
			}
		}
		return comparison;
	}

	/**
	 * Return the table: medians, and the least, median and greatest ratio to the first
	 * way.
	 */
	String table() {
		String first = " against `%s`".formatted(this.rounds.keySet().iterator().next().id());
		Table table = new Table("way", "requests/s", "CPU µs/request", "p50 ms", "p99 ms", "threads", "errors",
				"requests/s" + first, "CPU" + first, "p99" + first);
		List<Measurement> reference = this.rounds.values().iterator().next();
		this.rounds.forEach((way, measured) -> table.add(way.title(),
				Table.number(median(measured, Measurement::requestsPerSecond)),
				Table.number(median(measured, Measurement::cpuMicrosPerRequest)),
				Table.number(median(measured, Measurement::p50) / 1000),
				Table.number(median(measured, Measurement::p99) / 1000),
				Table.number(median(measured, Measurement::threads)),
				Table.number(measured.stream().mapToDouble(Measurement::errors).sum()),
				ratios(measured, reference, Measurement::requestsPerSecond),
				ratios(measured, reference, Measurement::cpuMicrosPerRequest),
				ratios(measured, reference, Measurement::p99)));
		return table.toString();
	}

	private static double median(List<Measurement> measured, ToDoubleFunction<Measurement> figure) {
		return Statistics.of(measured.stream().mapToDouble(figure)).median();
	}

	private static String ratios(List<Measurement> measured, List<Measurement> reference,
			ToDoubleFunction<Measurement> figure) {
		double[] ratios = new double[measured.size()];
		for (int round = 0; round < ratios.length; round++) {
			ratios[round] = figure.applyAsDouble(measured.get(round)) / figure.applyAsDouble(reference.get(round));
		}
		Statistics statistics = Statistics.of(java.util.Arrays.stream(ratios));
		return "%.2f – **%.2f** – %.2f".formatted(statistics.min(), statistics.median(), statistics.max());
	}

	/** Measures one way once. */
	interface Round {

		Measurement measure(WayType way) throws Exception;

	}

}
