package io.github.loopthread.benchmarks;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

import tools.jackson.databind.json.JsonMapper;

/**
 * How late a deadline is noticed while the loop is blocked, and how long the loop takes
 * to stop, and to stop and start again.
 */
final class TimingWork {

	private TimingWork() {
	}

	static String run(Options given, Goals goals) throws Exception {
		Options options = given.or("rounds=3", "callers=8", "deadlines=800", "stops=100");
		Map<TimingProcess.Kind, List<TimingProcess.Series>> rounds = new EnumMap<>(TimingProcess.Kind.class);
		try (UpstreamProcess upstream = new UpstreamProcess()) {
			Target target = upstream.target(Body.TINY, 0, false);
			for (int round = 0; round < options.number("rounds"); round++) {
				for (TimingProcess.Series series : measure(target, options)) {
					rounds.computeIfAbsent(series.kind(), (kind) -> new ArrayList<>()).add(series);
					System.err.println(series);
				}
			}
		}
		Table table = new Table("ms", "p50", "p99", "greatest");
		rounds.forEach((kind, series) -> table.add(kind.title(), format(series, TimingProcess.Series::p50),
				format(series, TimingProcess.Series::p99), format(series, TimingProcess.Series::max)));
		addTo(goals, rounds);
		return "## Timing: %s deadlines of %s callers, %s stops\n\n%s\n`%s`\n".formatted(options.text("deadlines"),
				options.text("callers"), options.text("stops"), table, options);
	}

	private static TimingProcess.Series[] measure(Target target, Options options) throws Exception {
		try (Child process = Child.start("timing", JsonMapper.shared().writeValueAsString(target),
				options.text("callers"), options.text("deadlines"), options.text("stops"))) {
			return process.await(TimingProcess.Series[].class);
		}
	}

	private static void addTo(Goals goals, Map<TimingProcess.Kind, List<TimingProcess.Series>> rounds) {
		goals.add(Goal.OVERSHOOT, p99(rounds, TimingProcess.Kind.OVERSHOOT));
		goals.add(Goal.VIRTUAL_OVERSHOOT, p99(rounds, TimingProcess.Kind.VIRTUAL_OVERSHOOT));
		goals.add(Goal.STOP, p99(rounds, TimingProcess.Kind.STOP));
		goals.add(Goal.RESTART, p99(rounds, TimingProcess.Kind.RESTART));
	}

	private static Optional<Statistics> p99(Map<TimingProcess.Kind, List<TimingProcess.Series>> rounds,
			TimingProcess.Kind kind) {
		return Optional.ofNullable(rounds.get(kind)).map((series) -> millis(series, TimingProcess.Series::p99));
	}

	private static Statistics millis(List<TimingProcess.Series> series, ToDoubleFunction<TimingProcess.Series> figure) {
		return Statistics.of(series, (one) -> figure.applyAsDouble(one) / 1000);
	}

	private static String format(List<TimingProcess.Series> series, ToDoubleFunction<TimingProcess.Series> figure) {
		return millis(series, figure).format(Table::number);
	}

}
