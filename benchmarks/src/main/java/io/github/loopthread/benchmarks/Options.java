package io.github.loopthread.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import io.github.loopthread.benchmarks.ways.WayType;

/**
 * The arguments {@code --name=value} of a work. Each work has defaults of its own; what
 * it does not know is refused, so that a typing error is no measurement.
 */
final class Options {

	private final Map<String, String> values;

	private final boolean several;

	private Options(Map<String, String> values, boolean several) {
		this.values = values;
		this.several = several;
	}

	static Options parse(List<String> args) {
		Map<String, String> values = new TreeMap<>();
		for (String arg : args) {
			String[] parts = arg.split("=", 2);
			if (!arg.startsWith("--") || parts.length < 2) {
				throw new IllegalArgumentException("Not an option of the form --name=value: '%s'".formatted(arg));
			}
			values.put(parts[0].substring(2), parts[1]);
		}
		return new Options(values, false);
	}

	/** Return these options with those that the user has not given filled in. */
	Options or(String... defaults) {
		Options complete = parse(Arrays.stream(defaults).map((option) -> "--" + option).toList());
		this.values.forEach((name, value) -> {
			if (complete.values.replace(name, value) == null && !this.several) {
				throw new IllegalArgumentException(
						"There is no option '%s' here. There are: %s".formatted(name, complete));
			}
		});
		return complete;
	}

	/**
	 * Return these options for several works, of which each takes those that it knows.
	 */
	Options forSeveral() {
		return new Options(this.values, true);
	}

	String text(String name) {
		return this.values.get(name);
	}

	int number(String name) {
		return Integer.parseInt(text(name));
	}

	boolean flag(String name) {
		return switch (text(name)) {
			case "true" -> true;
			case "false" -> false;
			default ->
				throw new IllegalArgumentException("'%s' is true or false, not '%s'".formatted(name, text(name)));
		};
	}

	double seconds(String name) {
		return Double.parseDouble(text(name));
	}

	List<Integer> numbers(String name) {
		return list(name).stream().map(Integer::valueOf).toList();
	}

	List<String> list(String name) {
		return List.of(text(name).split(","));
	}

	List<Body> bodies(String name) {
		return list(name).stream().map((body) -> Body.valueOf(body.toUpperCase(Locale.ROOT))).toList();
	}

	/** Return the ways, without those that this JDK has no threads for. */
	List<WayType> ways() {
		return list("ways").stream().map(WayType::of).filter(WayType::isAvailable).toList();
	}

	@Override
	public String toString() {
		return this.values.entrySet()
			.stream()
			.map((entry) -> entry.getKey() + "=" + entry.getValue())
			.collect(Collectors.joining(" "));
	}

}
