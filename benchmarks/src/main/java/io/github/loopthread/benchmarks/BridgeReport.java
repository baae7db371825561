package io.github.loopthread.benchmarks;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

import io.github.loopthread.benchmarks.bridge.BridgeWork;

/**
 * Work C: what it costs to cross over to the loop and back.
 */
final class BridgeReport {

	private static final String REFERENCE = "rivalEventLoopSubmitGet";

	private BridgeReport() {
	}

	static String run(Options given, Goals goals) throws Exception {
		Options options = given.or("forks=1", "rounds=4", "seconds=1", "callers=1,32,1000", "benchmarks=.*");
		List<BridgeWork.Row> rows = BridgeWork.run(options.numbers("callers"), options.number("forks"),
				options.number("rounds"), options.seconds("seconds"), options.text("benchmarks"));
		Map<String, Double> references = rows.stream()
			.filter((row) -> row.benchmark().equals(REFERENCE))
			.collect(Collectors.toMap(BridgeWork.Row::callers, BridgeWork.Row::tasksPerSecond));
		Table table = new Table("callers", "benchmark", "tasks/s", "±", "against `eventLoop.submit().get()`",
				"bytes/task");
		addTo(goals, rows, references);
		for (BridgeWork.Row row : rows) {
			Double reference = references.get(row.callers());
			table.add(row.callers(), row.benchmark(), Table.number(row.tasksPerSecond()), Table.number(row.error()),
					(reference != null) ? "%.2f".formatted(row.tasksPerSecond() / reference) : "",
					Table.number(Math.rint(row.bytesPerTask())));
		}
		return "## Work C: an empty task\n\n%s\n`%s`\n".formatted(table, options);
	}

	private static void addTo(Goals goals, List<BridgeWork.Row> rows, Map<String, Double> references) {
		Optional<BridgeWork.Row> ours = rows.stream()
			.filter((row) -> row.benchmark().equals("executeMono") && row.callers().equals("32 on platform threads"))
			.findFirst();
		goals.add(Goal.C_BYTES, ours.map((row) -> Statistics.of(row.bytesPerTask())));
		goals.add(Goal.C_TASKS, ours.filter((row) -> references.containsKey(row.callers()))
			.map((row) -> Statistics.of(row.tasksPerSecond() / references.get(row.callers()))));
	}

}
