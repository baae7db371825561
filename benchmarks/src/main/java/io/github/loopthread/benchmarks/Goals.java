package io.github.loopthread.benchmarks;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a run has measured of the goals.
 */
final class Goals {

	private final Map<Goal, Statistics> measured = new EnumMap<>(Goal.class);

	/** Add what has been measured, if it has been. */
	void add(Goal goal, Optional<Statistics> statistics) {
		statistics.ifPresent((measured) -> this.measured.put(goal, measured));
	}

	/**
	 * Return the section on them, nothing when no goal has been measured. Medians decide.
	 */
	String report() {
		if (this.measured.isEmpty()) {
			return "";
		}
		Table table = new Table("figure (ratios: ours ÷ theirs)", "goal", "stretch", "measured", "reached");
		this.measured.forEach((goal, statistics) -> table.add(goal.figure(), goal.goal(), goal.stretch(),
				statistics.format(Table::number), goal.reachedBy(statistics.median())));
		return "## Goals\n\n" + table;
	}

}
