package io.github.loopthread.benchmarks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What the starter adds to the start of a Spring MVC application: starts with and without
 * it, by turns.
 */
final class StartupWork {

	private static final int LONGEST_BEANS = 15;

	private final List<StartupProcess.Started> without = new ArrayList<>();

	private final List<StartupProcess.Started> with = new ArrayList<>();

	private StartupWork() {
	}

	static String run(Options given, Goals goals) throws Exception {
		Options options = given.or("rounds=15", "parts=5");
		Libraries libraries = Libraries.find();
		StartupWork work = new StartupWork();
		for (int start = 0; start < options.number("rounds"); start++) {
			work.without.add(start(libraries.withoutStarter(), false));
			work.with.add(start(libraries.withStarter(), false));
			System.err.printf("start %d: %.0f ms without, %.0f ms with%n", start + 1, work.without.get(start).total(),
					work.with.get(start).total());
		}
		goals.add(Goal.STARTUP, Optional.of(work.added()));
		List<StartupProcess.Started> parts = new ArrayList<>();
		for (int start = 0; start < options.number("parts"); start++) {
			parts.add(start(libraries.withStarter(), true));
		}
		Map<String, Double> beansWithout = start(libraries.withoutStarter(), true).beans();
		return "## Start-up: a Spring MVC application with and without the starter\n\n%s\n%s\n`%s`\n"
			.formatted(work.table(), beans(parts, beansWithout.keySet()), options);
	}

	private static StartupProcess.Started start(String classPath, boolean parts) throws Exception {
		try (Child application = Child.startOn(classPath, List.of(), "startup", parts)) {
			return application.await(StartupProcess.Started.class);
		}
	}

	private Table table() {
		Table table = new Table("from the start of the JVM to a started application, ms", "least", "median",
				"greatest");
		add(table, "without the starter", this.without, StartupProcess.Started::total);
		add(table, "with the starter", this.with, StartupProcess.Started::total);
		Statistics added = added();
		table.add("**what it adds**", Table.number(added.min()), Table.number(added.median()),
				Table.number(added.max()));
		add(table, "of that, starting the loop and opening its resources", this.with, StartupProcess.Started::loop);
		return table;
	}

	private Statistics added() {
		return Statistics.of(IntStream.range(0, this.with.size())
			.mapToDouble((start) -> this.with.get(start).total() - this.without.get(start).total()));
	}

	private static void add(Table table, String what, List<StartupProcess.Started> starts,
			ToDoubleFunction<StartupProcess.Started> figure) {
		Statistics statistics = Statistics.of(starts.stream().mapToDouble(figure));
		table.add(what, Table.number(statistics.min()), Table.number(statistics.median()),
				Table.number(statistics.max()));
	}

	/** Return the beans that only the starter brings, those that take longest first. */
	private static Table beans(List<StartupProcess.Started> starts, java.util.Set<String> withoutStarter) {
		Map<String, Double> medians = new TreeMap<>();
		for (String bean : starts.get(0).beans().keySet()) {
			if (!withoutStarter.contains(bean)) {
				medians.put(bean,
						Statistics.of(starts.stream().mapToDouble((start) -> start.beans().getOrDefault(bean, 0.0)))
							.median());
			}
		}
		Table table = new Table("bean that only the starter brings, without those that it is given", "ms");
		medians.entrySet()
			.stream()
			.sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()))
			.limit(LONGEST_BEANS)
			.forEach((bean) -> table.add("`%s`".formatted(bean.getKey()), Table.number(bean.getValue())));
		table.add("all %d of them".formatted(medians.size()),
				Table.number(medians.values().stream().mapToDouble(Double::doubleValue).sum()));
		return table;
	}

}
