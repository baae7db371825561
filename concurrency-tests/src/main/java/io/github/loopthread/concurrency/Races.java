package io.github.loopthread.concurrency;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.openjdk.jcstress.Main;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.runners.TestList;

/**
 * The races, run by jcstress in rounds until each has its samples, and how they end.
 */
final class Races {

	// Room for many samples between two collections, and exceptions without stack traces,
	// which are most of what a race costs otherwise and decide nothing
	private static final String JVM_ARGS = "-Xmx1g -XX:+UseParallelGC -XX:-StackTraceInThrowable "
			+ "-Dslf4j.internal.verbosity=ERROR";

	private static final int FOOTPRINT_MB = 512;

	// Each actor by the interpreter and two compilers
	private static final int SPLITS = 9;

	private static final long SECONDS_PER_FORK = 60;

	private final Form form;

	private final Path directory = Path.of(classPath().get(0)).resolveSibling("races");

	private final Map<String, Map<String, Long>> outcomes = new TreeMap<>();

	private final Set<String> failures = new LinkedHashSet<>();

	Races(Form form, String selection) {
		this.form = form;
		Pattern pattern = Pattern.compile(selection);
		TestList.tests()
			.stream()
			.filter((race) -> pattern.matcher(race).find())
			.forEach((race) -> this.outcomes.put(race, new TreeMap<>()));
	}

	/**
	 * Return whether there is nothing to run.
	 */
	boolean isEmpty() {
		return this.outcomes.isEmpty();
	}

	/**
	 * Run the races, and print how they have ended.
	 * @return whether nothing has come out that is forbidden
	 */
	boolean run() throws Exception {
		Files.createDirectories(this.directory);
		List<String> races = List.copyOf(this.outcomes.keySet());
		for (int round = 1; !races.isEmpty(); round++) {
			System.out.println("Round %d: %d races".formatted(round, races.size()));
			run(races);
			report();
			races = this.outcomes.keySet().stream().filter((race) -> samples(race) < this.form.samples()).toList();
			if (!this.failures.isEmpty()) {
				return false;
			}
		}
		return true;
	}

	private void run(List<String> races) throws Exception {
		boolean split = this.form.compilers();
		try (Stream<Path> old = Files.list(this.directory)) {
			for (Path file : old.filter((file) -> file.toString().endsWith(".gz")).toList()) {
				Files.delete(file);
			}
		}
		String selection = races.stream().map(Pattern::quote).collect(Collectors.joining("|", "^(", ")$"));
		List<String> command = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				String.join(File.pathSeparator, classPath()), "-Dslf4j.internal.verbosity=ERROR", Main.class.getName(),
				"-t", selection, "-sc", String.valueOf(split), "-f", "1", "-iters", "1", "-time",
				String.valueOf(this.form.raceMillis()), "-hs", String.valueOf(FOOTPRINT_MB), "-jvmArgs", JVM_ARGS);
		Path log = this.directory.resolve("races.log");
		Process process = new ProcessBuilder(command).directory(this.directory.toFile())
			.redirectErrorStream(true)
			.redirectOutput(log.toFile())
			.start();
		try {
			long forks = races.size() * (split ? SPLITS : 1L) * 2;
			if (!process.waitFor(SECONDS_PER_FORK * (1 + forks), TimeUnit.SECONDS)) {
				this.failures.add("The races did not end in time");
			}
		}
		finally {
			process.destroyForcibly();
		}
		collect();
		if (process.waitFor() != 0 && this.failures.isEmpty()) {
			this.failures.add("jcstress has failed: see %s".formatted(log));
		}
	}

	private void collect() throws Exception {
		InProcessCollector collector = new InProcessCollector();
		try (Stream<Path> files = Files.list(this.directory)) {
			for (Path file : files.filter((each) -> each.toString().endsWith(".gz")).toList()) {
				DiskReadCollector reader = new DiskReadCollector(file.toString(), collector);
				reader.dump();
				reader.close();
			}
		}
		collector.getTestResults().forEach(this::add);
	}

	private void add(TestResult result) {
		Map<String, Long> outcomes = this.outcomes.computeIfAbsent(result.getName(), (race) -> new TreeMap<>());
		for (String outcome : result.getStateKeys()) {
			outcomes.merge(outcome, result.getCount(outcome), Long::sum);
		}
		if (result.status() != Status.NORMAL) {
			this.failures.add("%s: %s %s".formatted(result.getName(), result.status(), result.getMessages()));
		}
		result.grading().failureMessages.forEach((message) -> this.failures.add(result.getName() + ": " + message));
	}

	private void report() {
		this.outcomes.forEach((race, outcomes) -> System.out
			.println("%-25s %,15d samples  %s".formatted(race.substring(race.lastIndexOf('.') + 1), samples(race),
					outcomes.entrySet()
						.stream()
						.map((outcome) -> "(%s) %,d".formatted(outcome.getKey(), outcome.getValue()))
						.collect(Collectors.joining("  ")))));
		this.failures.forEach((failure) -> System.out.println("FORBIDDEN " + failure));
	}

	private long samples(String race) {
		return this.outcomes.getOrDefault(race, Map.of()).values().stream().mapToLong(Long::longValue).sum();
	}

	/**
	 * Return the class path of this process, as another one in any directory needs it.
	 */
	private static List<String> classPath() {
		String[] entries = System.getProperty("java.class.path").split(File.pathSeparator);
		return new ArrayList<>(
				Arrays.stream(entries).map((entry) -> Path.of(entry).toAbsolutePath().toString()).toList());
	}

}
