import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import javax.tools.ToolProvider;

/**
 * Seeds one bug for each guarantee and sees whether the test that is named for it fails:
 * {@code java mutants/Mutants.java}, in the root directory of the project, for all of
 * them, or with the guarantees that are meant, such as {@code G05 G10}. Prints a table,
 * and exits with an error unless every bug is caught.
 * <p>
 * A bug is a patch beside this file, whose first lines say what it is and which test
 * catches it. It is applied to a copy of the sources, never to the sources themselves.
 * Only a test that ran and failed has caught something: a bug that does not compile has
 * not been caught, and before any bug all those tests have to pass.
 * <p>
 * The environment variable {@code MVN} names the command for Maven, unless it is
 * {@code mvn}.
 */
public final class Mutants {

	private static final String MODULE = "autoconfigure";

	// What has not ended by then never will
	private static final long MAX_MINUTES = 20;

	private static final int PASSED = 0;

	// Of TestRun
	private static final int FAILED = 3;

	private static final int HUNG = -1;

	private final Path copy;

	private final Path target;

	private final Path log;

	private final Path testRun;

	private String classpath;

	private Mutants(Path copy, Path testRun) {
		this.copy = copy;
		this.target = copy.resolve(MODULE).resolve("target");
		this.log = copy.resolve("log");
		this.testRun = testRun;
	}

	public static void main(String[] names) throws Exception {
		Path root = Path.of("").toAbsolutePath();
		List<Mutant> mutants = mutants(root.resolve("mutants"), List.of(names));
		Path copy = Files.createTempDirectory("mutants-");
		boolean caught;
		try {
			copySources(root, copy);
			caught = new Mutants(copy, root.resolve("mutants/TestRun.java")).run(mutants);
		}
		finally {
			delete(copy);
		}
		if (!caught) {
			System.exit(1);
		}
	}

	private boolean run(List<Mutant> mutants) throws Exception {
		compile();
		if (test(null, mutants.stream().map(Mutant::test).distinct().toList()) != PASSED) {
			throw failed("Not every test passes without a bug");
		}
		System.out.println("| guarantee | bug | test | caught |");
		System.out.println("| --- | --- | --- | --- |");
		int caught = 0;
		for (Mutant mutant : mutants) {
			String outcome = seed(mutant);
			System.out.printf("| %s | %s | `%s` | %s |%n", mutant.guarantee(), mutant.bug(), mutant.testToRead(),
					outcome);
			if (outcome.equals("yes")) {
				caught++;
			}
			else {
				System.err.println(Files.readString(this.log));
			}
		}
		System.out.printf("%n%d of %d caught%n", caught, mutants.size());
		return caught == mutants.size();
	}

	private String seed(Mutant mutant) throws Exception {
		if (start("git", "apply", mutant.patch().toString()) != 0) {
			return "no: the patch does not fit";
		}
		try {
			Path classes = Files.createDirectory(this.copy.resolve(mutant.guarantee()));
			if (!compile(mutant, classes)) {
				return "no: it does not compile";
			}
			return switch (test(classes, List.of(mutant.test()))) {
				case PASSED -> "no: it survived";
				case FAILED -> "yes";
				default -> "no: the test did not run";
			};
		}
		finally {
			takeOff(mutant);
		}
	}

	private void takeOff(Mutant mutant) throws Exception {
		String outcome = Files.readString(this.log);
		if (start("git", "apply", "--reverse", mutant.patch().toString()) != 0) {
			throw failed("The patch does not come off again: " + mutant.patch());
		}
		Files.writeString(this.log, outcome);
	}

	/**
	 * Compile everything once, and ask Maven for what the tests need besides.
	 */
	private void compile() throws Exception {
		Path file = this.copy.resolve("classpath");
		String mvn = System.getenv().getOrDefault("MVN", "mvn");
		if (start(mvn, "--batch-mode", "--no-transfer-progress", "--file", MODULE, "test-compile",
				"dependency:build-classpath", "-Dmdep.includeScope=test", "-Dmdep.outputFile=" + file,
				"-Dspring-javaformat.skip=true") != 0) {
			throw failed("The sources do not compile");
		}
		this.classpath = String.join(File.pathSeparator, this.target.resolve("test-classes").toString(),
				this.target.resolve("classes").toString(), Files.readString(file).strip());
	}

	/**
	 * Compile what a bug is in, and nothing else.
	 */
	private boolean compile(Mutant mutant, Path classes) throws IOException {
		List<String> arguments = new ArrayList<>(List.of("--release", "17", "-proc:none", "-nowarn", "-parameters",
				"-d", classes.toString(), "-cp", this.classpath));
		mutant.sources().map(this.copy::resolve).map(Path::toString).forEach(arguments::add);
		try (OutputStream out = Files.newOutputStream(this.log)) {
			return ToolProvider.getSystemJavaCompiler().run(null, out, out, arguments.toArray(String[]::new)) == 0;
		}
	}

	/**
	 * Run tests in a process of their own.
	 * @param classes what comes before the classes of the sources, {@code null} for nothing
	 */
	private int test(Path classes, List<String> tests) throws Exception {
		String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
		List<String> command = new ArrayList<>(List.of(java, "-ea", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
				"-XX:+EnableDynamicAgentLoading", "--enable-native-access=ALL-UNNAMED",
				"-Dio.netty.leakDetection.level=paranoid",
				"-Dio.netty.customResourceLeakDetector=io.github.loopthread.BufferCensus",
				// A caller who waits for ever has been found out by then
				"-Djunit.jupiter.execution.timeout.default=20s", "-cp",
				((classes != null) ? classes + File.pathSeparator : "") + this.classpath, this.testRun.toString()));
		command.addAll(tests);
		return start(command.toArray(String[]::new));
	}

	private int start(String... command) throws Exception {
		Process process = new ProcessBuilder(command).directory(this.copy.toFile())
			.redirectErrorStream(true)
			.redirectOutput(this.log.toFile())
			.start();
		if (!process.waitFor(MAX_MINUTES, TimeUnit.MINUTES)) {
			process.descendants().forEach(ProcessHandle::destroyForcibly);
			process.destroyForcibly();
			return HUNG;
		}
		return process.exitValue();
	}

	private IllegalStateException failed(String what) throws IOException {
		return new IllegalStateException("%s:%n%s".formatted(what, Files.readString(this.log)));
	}

	private static List<Mutant> mutants(Path directory, List<String> names) throws IOException {
		Map<String, Mutant> mutants = new TreeMap<>();
		try (Stream<Path> files = Files.list(directory)) {
			for (Path patch : files.filter((file) -> file.toString().endsWith(".patch")).toList()) {
				Mutant mutant = Mutant.of(patch);
				if (mutants.put(mutant.guarantee(), mutant) != null) {
					throw new IllegalStateException("There are two patches for %s".formatted(mutant.guarantee()));
				}
			}
		}
		if (!mutants.keySet().containsAll(names)) {
			throw new IllegalArgumentException("There is no patch for each of %s, but there are those for %s"
				.formatted(names, mutants.keySet()));
		}
		return mutants.values()
			.stream()
			.filter((mutant) -> names.isEmpty() || names.contains(mutant.guarantee()))
			.toList();
	}

	private static void copySources(Path root, Path copy) throws Exception {
		Process files = new ProcessBuilder("git", "ls-files", "-z", "pom.xml", ".mvn", MODULE).directory(root.toFile())
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		String names = new String(files.getInputStream().readAllBytes());
		if (files.waitFor() != 0) {
			throw new IllegalStateException("Run this in the root directory of the project, a checkout of git");
		}
		for (String name : names.split("\0")) {
			Path target = copy.resolve(name);
			Files.createDirectories(target.getParent());
			Files.copy(root.resolve(name), target);
		}
	}

	private static void delete(Path directory) throws IOException {
		if (Files.exists(directory)) {
			try (Stream<Path> files = Files.walk(directory)) {
				for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
					Files.delete(file);
				}
			}
		}
	}

	/**
	 * A bug and the test that is to catch it.
	 */
	private record Mutant(String guarantee, String bug, String test, Path patch) {

		static Mutant of(Path patch) throws IOException {
			List<String> lines = Files.readAllLines(patch);
			String guarantee = patch.getFileName().toString().split("-", 2)[0];
			return new Mutant(guarantee, value("Bug: ", lines.get(0), patch), value("Test: ", lines.get(1), patch),
					patch);
		}

		/**
		 * Return the test without its package.
		 */
		String testToRead() {
			return this.test.replaceFirst("^([a-z0-9]+\\.)*", "").replace('#', '.');
		}

		Stream<String> sources() throws IOException {
			return Files.readAllLines(this.patch)
				.stream()
				.filter((line) -> line.startsWith("+++ b/"))
				.map((line) -> line.substring("+++ b/".length()));
		}

		private static String value(String key, String line, Path patch) {
			if (!line.startsWith(key)) {
				throw new IllegalStateException("%s: '%s' should begin with '%s'".formatted(patch, line, key));
			}
			return line.substring(key.length());
		}

	}

}
