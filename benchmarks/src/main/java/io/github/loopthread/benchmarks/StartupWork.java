package io.github.loopthread.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

import org.springframework.util.Assert;
import org.springframework.util.FileSystemUtils;

/**
 * What the starter adds to the start of a Spring MVC application: starts without it, with
 * nothing but Spring Boot's own {@code WebClient}, and with it, by turns.
 */
final class StartupWork {

	private static final String TITLE = "## Start-up: a Spring MVC application with and without the starter";

	private static final int LONGEST_BEANS = 15;

	private final List<StartupProcess.Started> without = new ArrayList<>();

	private final List<StartupProcess.Started> webClient = new ArrayList<>();

	private final List<StartupProcess.Started> with = new ArrayList<>();

	private StartupWork() {
	}

	static String run(Options given, Goals goals) throws Exception {
		Options options = given.or("rounds=15", "parts=5", "aot-cache=false");
		Libraries libraries = Libraries.find();
		if (options.flag("aot-cache")) {
			return withCaches(libraries, options);
		}
		StartupWork work = new StartupWork();
		work.measure(options, libraries, List.of(), List.of(), List.of());
		goals.add(Goal.STARTUP, Optional.of(work.added(work.without)));
		List<StartupProcess.Started> parts = new ArrayList<>();
		for (int start = 0; start < options.number("parts"); start++) {
			parts.add(start(libraries.withStarter(), List.of(), true));
		}
		Map<String, Double> beansWithout = start(libraries.withoutStarter(), List.of(), true).beans();
		return "%s\n\n%s\n%s\n%s\n`%s`\n".formatted(TITLE, work.table(), work.classes(),
				beans(parts, beansWithout.keySet()), options);
	}

	/**
	 * The same starts with an AOT cache of the JDK's, made by a start before: what is
	 * left is neither reading nor verifying nor linking classes, and the compilers know
	 * what they found out then.
	 */
	private static String withCaches(Libraries libraries, Options options) throws Exception {
		Assert.state(Runtime.version().feature() >= 25, "'aot-cache' needs JDK 25 or later");
		Path directory = Files.createTempDirectory("startup");
		try {
			// The JDK takes no class path with directories for this
			Libraries jars = libraries.inJar(directory.resolve("startup.jar"));
			List<String> without = cache(jars.withoutStarter(), directory.resolve("without.aot"));
			List<String> webClient = cache(jars.withWebClient(), directory.resolve("webclient.aot"));
			List<String> with = cache(jars.withStarter(), directory.resolve("with.aot"));
			StartupWork work = new StartupWork();
			work.measure(options, jars, without, webClient, with);
			return "%s, with AOT caches\n\n%s\n`aot-cache=true rounds=%s`\n".formatted(TITLE, work.table(),
					options.text("rounds"));
		}
		finally {
			FileSystemUtils.deleteRecursively(directory);
		}
	}

	/**
	 * Return the options of a JVM that takes its classes from a cache, made by a start
	 * before.
	 */
	private static List<String> cache(String classPath, Path cache) throws Exception {
		start(classPath, List.of("-XX:AOTCacheOutput=" + cache, "-Xlog:disable", "-Xlog:all=error:stderr"), false);
		Assert.state(Files.isRegularFile(cache), () -> "The JVM has not made its AOT cache: " + cache);
		return List.of("-XX:AOTCache=" + cache, "-XX:AOTMode=on");
	}

	private void measure(Options options, Libraries libraries, List<String> jvmWithout, List<String> jvmWebClient,
			List<String> jvmWith) throws Exception {
		for (int start = 0; start < options.number("rounds"); start++) {
			this.without.add(start(libraries.withoutStarter(), jvmWithout, false));
			this.webClient.add(start(libraries.withWebClient(), jvmWebClient, false));
			this.with.add(start(libraries.withStarter(), jvmWith, false));
			System.err.printf("start %d: %.0f ms without, %.0f ms with a WebClient, %.0f ms with the starter%n",
					start + 1, this.without.get(start).total(), this.webClient.get(start).total(),
					this.with.get(start).total());
		}
	}

	private static StartupProcess.Started start(String classPath, List<String> jvmOptions, boolean parts)
			throws Exception {
		try (Child application = Child.startOn(classPath, jvmOptions, "startup", parts)) {
			return application.await(StartupProcess.Started.class);
		}
	}

	private Table table() {
		Table table = new Table("from the start of the JVM to a started application, ms", "least", "median",
				"greatest");
		add(table, "without the starter", this.without, StartupProcess.Started::total);
		add(table, "with Spring Boot's `WebClient` only", this.webClient, StartupProcess.Started::total);
		add(table, "with the starter", this.with, StartupProcess.Started::total);
		add(table, "**what it adds**", added(this.without));
		add(table, "what it adds to the `WebClient`", added(this.webClient));
		add(table, "of that, starting the loop and opening its resources", this.with, StartupProcess.Started::loop);
		return table;
	}

	private Table classes() {
		Table table = new Table("classes loaded", "least", "median", "greatest");
		add(table, "without the starter", this.without, StartupProcess.Started::classes);
		add(table, "with Spring Boot's `WebClient` only", this.webClient, StartupProcess.Started::classes);
		add(table, "with the starter", this.with, StartupProcess.Started::classes);
		return table;
	}

	private Statistics added(List<StartupProcess.Started> before) {
		return Statistics.of(IntStream.range(0, this.with.size())
			.mapToDouble((start) -> this.with.get(start).total() - before.get(start).total()));
	}

	private static void add(Table table, String what, List<StartupProcess.Started> starts,
			ToDoubleFunction<StartupProcess.Started> figure) {
		add(table, what, Statistics.of(starts.stream().mapToDouble(figure)));
	}

	private static void add(Table table, String what, Statistics statistics) {
		table.add(what, Table.number(statistics.min()), Table.number(statistics.median()),
				Table.number(statistics.max()));
	}

	/** Return the beans that only the starter brings, those that take longest first. */
	private static Table beans(List<StartupProcess.Started> starts, Set<String> withoutStarter) {
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
