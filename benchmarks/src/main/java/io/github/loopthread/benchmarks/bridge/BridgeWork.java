package io.github.loopthread.benchmarks.bridge;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs JMH for each number of callers, on platform threads and on virtual ones, and puts
 * what it found into one table. JMH itself, with all its options, is there as
 * {@code java -cp benchmarks.jar org.openjdk.jmh.Main}.
 */
public final class BridgeWork {

	private BridgeWork() {
	}

	/**
	 * Run it.
	 * @param callers how many there are, for each run
	 * @param forks JVMs for each benchmark
	 * @param iterations iterations measured in each of them, of a second
	 * @param include regular expression of benchmarks
	 * @return rows: caller, benchmark, tasks a second and its error, bytes a task
	 */
	public static List<Row> run(List<Integer> callers, int forks, int iterations, double seconds, String include)
			throws RunnerException {
		List<Row> rows = new ArrayList<>();
		List<String> kinds = (Runtime.version().feature() >= 21) ? List.of("PLATFORM", "VIRTUAL") : List.of("PLATFORM");
		for (String kind : kinds) {
			for (int count : callers) {
				ChainedOptionsBuilder options = new OptionsBuilder()
					.include(BridgeBenchmark.class.getSimpleName() + "." + include)
					.threads(count)
					.forks(forks)
					.warmupIterations(iterations)
					.warmupTime(time(seconds))
					.measurementIterations(iterations)
					.measurementTime(time(seconds))
					.addProfiler(GCProfiler.class)
					.jvmArgs("-Xms1g", "-Xmx1g", "--enable-native-access=ALL-UNNAMED", "-Djmh.executor=" + kind);
				String who = count + " on " + kind.toLowerCase(java.util.Locale.ROOT) + " threads";
				rows.addAll(rows(who, new Runner(options.build(), progress()).run()));
			}
		}
		return rows;
	}

	/** JMH writes to standard output, which is the report's. */
	private static OutputFormat progress() {
		return OutputFormatFactory.createFormatInstance(System.err, VerboseMode.NORMAL);
	}

	private static TimeValue time(double seconds) {
		return TimeValue.milliseconds((long) (seconds * 1000));
	}

	private static List<Row> rows(String callers, Collection<RunResult> results) {
		Map<String, Row> rows = new TreeMap<>();
		for (RunResult result : results) {
			Result<?> tasks = result.getPrimaryResult();
			Result<?> bytes = result.getSecondaryResults().get("gc.alloc.rate.norm");
			rows.put(tasks.getLabel(), new Row(callers, tasks.getLabel(), tasks.getScore(), tasks.getScoreError(),
					(bytes != null) ? bytes.getScore() : Double.NaN));
		}
		return List.copyOf(rows.values());
	}

	/** What JMH says of one benchmark with so many callers. */
	public record Row(String callers, String benchmark, double tasksPerSecond, double error, double bytesPerTask) {

	}

}
