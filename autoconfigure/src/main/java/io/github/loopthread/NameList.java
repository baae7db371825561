package io.github.loopthread;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Names for a message: each of them once, with how many have it.
 */
final class NameList {

	private static final int MAX_NAMES = 10;

	private NameList() {
	}

	/**
	 * Return the names after what they are names of, or nothing if there are none.
	 */
	static String of(String kind, Stream<String> names) {
		Map<String, Long> counts = names
			.collect(Collectors.groupingBy(Function.identity(), LinkedHashMap::new, Collectors.counting()));
		if (counts.isEmpty()) {
			return "";
		}
		String listed = counts.entrySet()
			.stream()
			.limit(MAX_NAMES)
			.map((entry) -> "'%s'%s".formatted(entry.getKey(),
					(entry.getValue() > 1) ? " (%d times)".formatted(entry.getValue()) : ""))
			.collect(Collectors.joining(", "));
		int more = counts.size() - MAX_NAMES;
		return "%s %s%s".formatted(kind, listed, (more > 0) ? " and %d more".formatted(more) : "");
	}

}
