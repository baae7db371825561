package io.github.loopthread.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A table in Markdown.
 */
final class Table {

	private final List<String> lines = new ArrayList<>();

	private final int columns;

	Table(String... columns) {
		this.columns = columns.length;
		add(columns);
		this.lines.add("| --- ".repeat(columns.length) + "|");
	}

	void add(String... cells) {
		if (cells.length != this.columns) {
			throw new IllegalArgumentException("A row needs %d cells: %s".formatted(this.columns, List.of(cells)));
		}
		this.lines.add("| " + String.join(" | ", cells) + " |");
	}

	/** Return a number with as many digits as mean something. */
	static String number(double value) {
		boolean whole = value >= 100 || value == Math.rint(value);
		return String.format(Locale.ROOT, whole ? "%,.0f" : (value < 10) ? "%.2f" : "%.1f", value);
	}

	@Override
	public String toString() {
		return String.join("\n", this.lines) + "\n";
	}

}
