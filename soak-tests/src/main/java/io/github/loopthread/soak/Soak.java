package io.github.loopthread.soak;

import java.net.URISyntaxException;
import java.nio.file.Path;

import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/**
 * The command: {@code java -jar soak.jar [--minutes=30] [--seed=<number>]}. An
 * application in a process of its own is under load, and every few seconds something bad
 * happens to it. The report, in Markdown, goes to standard output, progress to standard
 * error, and what the application logs to a file beside the jar. The exit code is 1 when
 * a promise was broken.
 */
public final class Soak {

	/** The first argument in the application's process. */
	static final String APPLICATION = "role:application";

	private Soak() {
	}

	public static void main(String[] args) throws Exception {
		if (args.length == 2 && args[0].equals(APPLICATION)) {
			ApplicationProcess.play(Integer.parseInt(args[1]));
			return;
		}
		Options options = Options.parse(args);
		// Of connections that break, which they are to do
		LoggingSystem.get(Soak.class.getClassLoader()).setLogLevel(LoggingSystem.ROOT_LOGGER_NAME, LogLevel.OFF);
		System.err.println("Seed %d".formatted(options.seed()));
		Results results = new SoakRun(options, log()).run();
		System.out.println(new Report(results));
		System.exit(results.isKept() ? 0 : 1);
	}

	private static Path log() throws URISyntaxException {
		return Path.of(Soak.class.getProtectionDomain().getCodeSource().getLocation().toURI())
			.resolveSibling("soak.log");
	}

}
