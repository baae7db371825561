package io.github.loopthread.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The command: {@code java -jar benchmarks.jar <work> [--option=value ...]}. Without
 * arguments it runs the side-by-side comparisons. The report, in Markdown, goes to
 * standard output, progress to standard error.
 */
public final class Benchmarks {

	/** How the first argument begins in a process that another one has started. */
	static final String ROLE = "role:";

	private static final List<String> COMPARISONS = List.of("a", "b", "mvc");

	private final Map<String, Work> works = new LinkedHashMap<>();

	private Benchmarks() {
		this.works.put("a", FanOutWork::a);
		this.works.put("b", FanOutWork::b);
		this.works.put("large", FanOutWork::large);
		this.works.put("mvc", MvcWork::run);
		this.works.put("bridge", BridgeReport::run);
		this.works.put("timing", TimingWork::run);
		this.works.put("knee", KneeWork::run);
		this.works.put("memory", MemoryWork::run);
		this.works.put("startup", StartupWork::run);
	}

	public static void main(String[] args) throws Exception {
		if (args.length > 0 && args[0].startsWith(ROLE)) {
			play(args[0].substring(ROLE.length()), Arrays.copyOfRange(args, 1, args.length));
			return;
		}
		List<String> works = new ArrayList<>(Arrays.stream(args).filter((arg) -> !arg.startsWith("--")).toList());
		Options options = Options.parse(Arrays.stream(args).filter((arg) -> arg.startsWith("--")).toList());
		new Benchmarks().run(works.isEmpty() ? COMPARISONS : works, options);
	}

	private void run(List<String> names, Options options) throws Exception {
		List<String> selected = names.equals(List.of("all")) ? List.copyOf(this.works.keySet()) : names;
		for (String name : selected) {
			if (!this.works.containsKey(name)) {
				throw new IllegalArgumentException(
						"There is no work '%s'. There are: %s, all".formatted(name, this.works.keySet()));
			}
		}
		System.out.println(Machine.describe());
		Options given = (selected.size() > 1) ? options.forSeveral() : options;
		Goals goals = new Goals();
		boolean failed = false;
		for (String name : selected) {
			try {
				System.out.println(this.works.get(name).run(given, goals));
			}
			catch (IllegalArgumentException ex) {
				throw ex;
			}
			catch (Exception ex) {
				// What the others measure is worth an hour
				failed = true;
				System.out.println("Work `%s` has failed: %s%n".formatted(name, ex));
				ex.printStackTrace();
			}
		}
		System.out.println(goals.report());
		if (failed) {
			System.exit(1);
		}
	}

	private static void play(String role, String[] args) throws Exception {
		switch (role) {
			case "upstream" -> Upstream.play(args);
			case "client" -> ClientProcess.play(args);
			case "application" -> ApplicationProcess.play(args);
			case "load" -> LoadProcess.play();
			case "timing" -> TimingProcess.play(args);
			case "memory" -> MemoryProcess.play(args);
			case "startup" -> StartupProcess.play(args);
			default -> throw new IllegalArgumentException("There is no role '%s'".formatted(role));
		}
	}

	/** One of the measurements. */
	private interface Work {

		String run(Options options, Goals goals) throws Exception;

	}

}
