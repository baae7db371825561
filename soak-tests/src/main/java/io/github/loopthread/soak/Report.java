package io.github.loopthread.soak;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The results in Markdown.
 */
final class Report {

	private static final double MIB = 1 << 20;

	private final Results results;

	Report(Results results) {
		this.results = results;
	}

	@Override
	public String toString() {
		return Stream
			.of("# Soak", Machine.describe(), run(), "## Promises", promises(), "## Faults", faults(), "## Calls",
					calls(), "## Before and after", census())
			.collect(Collectors.joining("\n\n", "", "\n"));
	}

	private String run() {
		Options options = this.results.options();
		return "%.1f minutes, seed %d, %d pages/s of 14 calls each. %s".formatted(options.minutes(), options.seed(),
				options.pages(), this.results.isKept() ? "Every promise was kept." : "**A promise was broken.**");
	}

	private String promises() {
		String rows = this.results.promises()
			.stream()
			.map((promise) -> row(promise.text(), promise.demanded(), promise.measured(),
					promise.kept() ? "yes" : "**no**"))
			.collect(Collectors.joining("\n"));
		return head("promise", "demanded", "measured", "kept") + rows;
	}

	private String faults() {
		String rows = Arrays.stream(FaultKind.values())
			.map((kind) -> faults(kind.toString(),
					this.results.faults().stream().filter((fault) -> fault.planned().kind() == kind).toList()))
			.collect(Collectors.joining("\n"));
		return head("fault", "how often", "success meanwhile", "recovery p50", "p99", "max", "not within 2 s") + rows
				+ "\n" + faults("all", this.results.faults())
				+ "\n\nRecovery is the time from a fault's end to the first half second in which 95 % of the pages that "
				+ "were due came within a second. What is due does not depend on what comes: it is the throughput "
				+ "before the fault. Times are multiples of 50 ms.";
	}

	private String faults(String name, List<InjectedFault> faults) {
		List<Duration> recoveries = faults.stream()
			.map(InjectedFault::recovery)
			.flatMap(Optional::stream)
			.sorted()
			.toList();
		long late = faults.stream().filter((fault) -> !fault.isRecoveredWithin(Results.RECOVERY)).count();
		double success = faults.stream().mapToDouble(InjectedFault::success).average().orElse(0);
		return row(name, String.valueOf(faults.size()), "%.0f %%".formatted(100 * success), quantile(recoveries, 0.5),
				quantile(recoveries, 0.99), quantile(recoveries, 1), String.valueOf(late));
	}

	private static String quantile(List<Duration> sorted, double share) {
		if (sorted.isEmpty()) {
			return "";
		}
		int index = Math.max(0, (int) Math.ceil(share * sorted.size()) - 1);
		return sorted.get(index).toMillis() + " ms";
	}

	private String calls() {
		Account account = this.results.account();
		Load load = this.results.load();
		return "%,d calls: %s.\n\nPages: %,d requests, answers %s, and %,d that could not be sent, with 300 under way."
			.formatted(account.begun(), String.join(", ", this.results.outcomes()), load.sent(), load.answers(),
					load.notSent());
	}

	private String census() {
		Census before = this.results.baseline();
		Census after = this.results.census();
		return head("", "before", "after")
				+ Stream
					.of(row("sockets, selectors, timers", before.sockets(), after.sockets()),
							row("threads", before.threadCount(), after.threadCount()),
							row("tasks, waiting callers, scopes, leases, connections in use", before.inUse(),
									after.inUse()),
							row("permits missing", before.missingPermits(), after.missingPermits()),
							row("direct memory of buffers, MiB", before.buffers() / MIB, after.buffers() / MIB),
							row("heap after a collection, MiB", before.heap() / MIB, after.heap() / MIB))
					.collect(Collectors.joining("\n"));
	}

	private static String head(String... columns) {
		return row((Object[]) columns) + "\n" + "| --- ".repeat(columns.length) + "|\n";
	}

	private static String row(Object... cells) {
		return Arrays.stream(cells)
			.map((cell) -> (cell instanceof Double number) ? String.format(Locale.ROOT, "%.1f", number)
					: String.valueOf(cell))
			.collect(Collectors.joining(" | ", "| ", " |"));
	}

}
