package io.github.loopthread.benchmarks;

import java.time.Duration;
import java.util.List;

import tools.jackson.databind.json.JsonMapper;

import io.github.loopthread.benchmarks.ways.WayType;

/**
 * The process of an application with one of the ways, and what its load gets from it.
 */
final class Application implements Contestant {

	private final Options options;

	private final Child load;

	private final Child process;

	private int port;

	/**
	 * Start one.
	 * @param way how its pages call
	 * @param target what they call
	 * @param options those of the work
	 * @param load the process that loads it, which others use as well
	 */
	Application(WayType way, Target target, Options options, Child load) throws Exception {
		this.options = options;
		this.load = load;
		List<String> jvmOptions = FlightRecording.jvmOptions(options,
				"mvc-%s-%s".formatted(target.body().path(), way.id()));
		this.process = Child.start(jvmOptions, "application", way.id(), JsonMapper.shared().writeValueAsString(target),
				options.text("calls"));
	}

	@Override
	public void warmUp() throws Exception {
		this.port = this.process.await(Integer.class);
		load(this.options.seconds("warmup"));
	}

	@Override
	public Measurement measure() throws Exception {
		load(this.options.seconds("settle"));
		Usage before = usage();
		LoadProcess.Result result = load(this.options.seconds("seconds"));
		Usage after = usage();
		return new Measurement(result.requests(), result.seconds(), after.cpuSecondsSince(before),
				after.compilingSecondsSince(before), after.allocatedSince(before), result.p50(), result.p99(),
				after.peakThreads(), result.errors(), 0, 0);
	}

	private Usage usage() throws Exception {
		this.process.tell("usage");
		return this.process.await(Usage.class);
	}

	private LoadProcess.Result load(double seconds) throws Exception {
		this.load.tell(new LoadProcess.Request(this.port, this.options.number("connections"), seconds,
				this.options.number("requests")));
		return this.load.await(LoadProcess.Result.class, Duration.ofSeconds((long) seconds));
	}

	@Override
	public void close() throws Exception {
		this.process.close();
	}

}
