package io.github.loopthread.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a caller that waits takes of the heap, beyond its thread; and what an open
 * exchange and an idle connection take.
 */
final class MemoryWork {

	private MemoryWork() {
	}

	static String run(Options given, Goals goals) throws Exception {
		Options options = given.or("rounds=3", "callers=10000", "connections=1000");
		List<Boolean> threads = (Runtime.version().feature() >= 21) ? List.of(false, true) : List.of(false);
		List<MemoryProcess.Used> executing = new ArrayList<>();
		Table table = new Table("what", "threads", "bytes of heap each", "bytes of direct memory each");
		for (Waiting waiting : Waiting.values()) {
			for (boolean virtual : threads) {
				List<MemoryProcess.Used> used = new ArrayList<>();
				for (int round = 0; round < options.number("rounds"); round++) {
					used.addAll(measure(1, "caller", waiting, virtual, options.text("callers")));
				}
				add(table, waiting.title(), virtual ? "virtual" : "platform", used);
				if (waiting == Waiting.EXECUTE && !virtual) {
					executing.addAll(used);
				}
			}
		}
		goals.add(Goal.CALLER, Optional.of(Statistics.of(executing, MemoryProcess.Used::heap)));
		addConnections(table, options);
		return "## Memory: %s waiting callers, %s connections\n\n%s\n".formatted(options.text("callers"),
				options.text("connections"), table);
	}

	private static void addConnections(Table table, Options options) throws Exception {
		List<MemoryProcess.Used> open = new ArrayList<>();
		List<MemoryProcess.Used> idle = new ArrayList<>();
		try (UpstreamProcess upstream = new UpstreamProcess()) {
			for (int round = 0; round < options.number("rounds"); round++) {
				List<MemoryProcess.Used> used = measure(2, "connection",
						upstream.target(Body.TINY, 10_000, false).port(), options.text("connections"));
				open.add(used.get(0));
				idle.add(used.get(1));
			}
		}
		add(table, "an open exchange of the shared client, with its connection", "", open);
		add(table, "an idle connection of the shared client", "", idle);
	}

	private static List<MemoryProcess.Used> measure(int answers, Object... args) throws Exception {
		List<MemoryProcess.Used> used = new ArrayList<>();
		// Figures that are exact after a collection, which also drops what is only a
		// cache
		try (Child child = Child.startOn(System.getProperty("java.class.path"),
				List.of("-Xmx2g", "-XX:+UseSerialGC", "-XX:SoftRefLRUPolicyMSPerMB=0"), "memory", args)) {
			for (int answer = 0; answer < answers; answer++) {
				used.add(child.await(MemoryProcess.Used.class));
			}
		}
		return used;
	}

	private static void add(Table table, String what, String threads, List<MemoryProcess.Used> used) {
		table.add(what, threads, median(used, true), median(used, false));
		System.err.println(what + " " + threads + ": " + used);
	}

	private static String median(List<MemoryProcess.Used> used, boolean heap) {
		return Table.number(Math
			.rint(Statistics.of(used.stream().mapToDouble((one) -> heap ? one.heap() : one.direct())).median()));
	}

}
