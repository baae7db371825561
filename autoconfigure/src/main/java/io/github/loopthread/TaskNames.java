package io.github.loopthread;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Tasks by name for a message: each name once, with how many have it.
 */
final class TaskNames {

	private static final int MAX_NAMES = 10;

	private TaskNames() {
	}

	static String of(Collection<? extends LoopTask<?>> tasks) {
		Map<String, Long> counts = tasks.stream()
			.collect(Collectors.groupingBy(LoopTask::name, LinkedHashMap::new, Collectors.counting()));
		String names = counts.entrySet()
			.stream()
			.limit(MAX_NAMES)
			.map((entry) -> "'%s'%s".formatted(entry.getKey(),
					(entry.getValue() > 1) ? " (%d times)".formatted(entry.getValue()) : ""))
			.collect(Collectors.joining(", "));
		int more = counts.size() - MAX_NAMES;
		return (more > 0) ? "%s and %d more".formatted(names, more) : names;
	}

}
