package io.github.loopthread.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import jdk.jfr.Configuration;
import jdk.jfr.Recording;

/**
 * A recording of what a process does once it is warm: the profile behind its figures.
 */
final class FlightRecording {

	private static final String FILE = "benchmarks.jfr";

	private static Recording recording;

	private FlightRecording() {
	}

	/**
	 * Return the options of a JVM that is to record, none if the user has not asked for
	 * it.
	 * @param options those of the work; {@code jfr} is the directory
	 * @param name how the file is called
	 */
	static List<String> jvmOptions(Options options, String name) throws IOException {
		if (options.text("jfr").isEmpty()) {
			return List.of();
		}
		Path directory = Files.createDirectories(Path.of(options.text("jfr")));
		// Reactor's stacks are deeper than 64 frames, and a sample between safepoints is
		// to show what was inlined there
		return List.of("-XX:FlightRecorderOptions:stackdepth=256", "-XX:+UnlockDiagnosticVMOptions",
				"-XX:+DebugNonSafepoints", "-D%s=%s".formatted(FILE, directory.resolve(name + ".jfr")));
	}

	/** Begin, if this process is to record and does not yet. It ends with the process. */
	static void begin() throws Exception {
		String file = System.getProperty(FILE);
		if (file == null || recording != null) {
			return;
		}
		recording = new Recording(Configuration.getConfiguration("profile"));
		// Only newer JDKs have it; others take their samples by wall clock
		recording.enable("jdk.CPUTimeSample").with("throttle", "10ms");
		// One for each task, which is dear where there is nothing but tasks
		recording.disable("io.github.loopthread.Task");
		recording.setMaxAge(Duration.ofHours(1));
		recording.setDestination(Path.of(file));
		recording.setDumpOnExit(true);
		recording.start();
	}

}
