package io.github.loopthread.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.github.loopthread.benchmarks.ways.WayType;

/**
 * Runs ways in turn, 1 2 3 1 2 3, and compares the first with each in the same round:
 * what the machine does meanwhile is then much the same for both.
 */
final class Comparison {

	private final Map<WayType, List<Measurement>> rounds = new LinkedHashMap<>();

	/** Run all ways, and say on standard error how it goes. */
	static Comparison run(List<WayType> ways, int rounds, Start start) throws Exception {
		Map<WayType, Contestant> contestants = new LinkedHashMap<>();
		try {
			for (WayType way : ways) {
				contestants.put(way, start.start(way));
				System.err.println("warming up " + way.id());
				contestants.get(way).warmUp();
				WarmMeasurement.take(contestants.get(way)::measure);
			}
			Comparison comparison = new Comparison();
			for (int number = 1; number <= rounds; number++) {
				for (WayType way : ways) {
					Measurement measured = contestants.get(way).measure();
					comparison.rounds.computeIfAbsent(way, (key) -> new ArrayList<>()).add(measured);
					System.err.printf(Locale.ROOT,
							"round %d of %d, %s: %.0f requests/s, %.1f us of CPU and %.0f bytes each, compiling for %.1f s, %d errors%n",
							number, rounds, way.id(), measured.requestsPerSecond(), measured.cpuMicrosPerRequest(),
							measured.bytesPerRequest(), measured.compilingSeconds(), measured.errors());
				}
			}
			return comparison;
		}
		finally {
			for (Contestant contestant : contestants.values()) {
				contestant.close();
			}
		}
	}

	/**
	 * Return the table: medians, and the least, median and greatest ratio of the first
	 * way to each.
	 */
	String table() {
		WayType first = this.rounds.keySet().iterator().next();
		String ratio = ", `%s` ÷ this".formatted(first.id());
		Table table = new Table("way", "requests/s", "CPU µs/request", "bytes/request", "p50 ms", "p99 ms", "threads",
				"compiling", "errors", "requests/s" + ratio, "CPU" + ratio, "p99" + ratio);
		this.rounds.forEach((way, measured) -> table.add(way.title(),
				Table.number(median(measured, Measurement::requestsPerSecond)),
				Table.number(median(measured, Measurement::cpuMicrosPerRequest)),
				Table.number(Math.rint(median(measured, Measurement::bytesPerRequest))),
				Table.number(median(measured, Measurement::p50) / 1000),
				Table.number(median(measured, Measurement::p99) / 1000),
				Table.number(median(measured, Measurement::threads)),
				"%.0f %%".formatted(measured.stream().mapToDouble(Measurement::compilingShare).max().orElse(0) * 100),
				Table.number(measured.stream().mapToDouble(Measurement::errors).sum()),
				ratio(first, way, Measurement::requestsPerSecond), ratio(first, way, Measurement::cpuMicrosPerRequest),
				ratio(first, way, Measurement::p99)));
		return table.toString();
	}

	/** Return the ratios of one way to another, if both are here. */
	Optional<Statistics> ratios(WayType one, WayType other, ToDoubleFunction<Measurement> figure) {
		List<Measurement> ours = this.rounds.getOrDefault(one, List.of());
		List<Measurement> theirs = this.rounds.getOrDefault(other, List.of());
		if (ours.isEmpty() || theirs.isEmpty()) {
			return Optional.empty();
		}
		if (Stream.concat(ours.stream(), theirs.stream()).anyMatch((measured) -> measured.errors() > 0)) {
			// Whoever fails is fast, or dear, without that it says anything
			return Optional.empty();
		}
		return Optional.of(Statistics.of(IntStream.range(0, ours.size())
			.mapToDouble((round) -> figure.applyAsDouble(ours.get(round)) / figure.applyAsDouble(theirs.get(round)))));
	}

	private String ratio(WayType first, WayType way, ToDoubleFunction<Measurement> figure) {
		return ratios(first, way, figure).map((ratios) -> ratios.format("%.2f"::formatted)).orElse("");
	}

	private static double median(List<Measurement> measured, ToDoubleFunction<Measurement> figure) {
		return Statistics.of(measured.stream().mapToDouble(figure)).median();
	}

	/** Starts the process of a way. */
	interface Start {

		Contestant start(WayType way) throws Exception;

	}

}
