package io.github.loopthread.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

import org.springframework.context.ConfigurableApplicationContext;

import io.github.loopthread.benchmarks.ways.Way;
import io.github.loopthread.benchmarks.ways.WayType;

/**
 * The process of one way in all rounds: callers in closed loops, whenever the parent
 * wants it. Each way has one of its own, as a JVM that has run another way has compiled
 * its code for both, and some ways change the JVM as a whole, as the automatic hook does.
 * It is the same one in all rounds, as where processors are few the compiler takes half a
 * minute until it has nothing left to do, and what is measured before that is the
 * compiler.
 */
final class ClientProcess {

	private final ClientRequest request;

	private final WayType type;

	private final ConfigurableApplicationContext context;

	private ClientProcess(ClientRequest request, WayType type, ConfigurableApplicationContext context) {
		this.request = request;
		this.type = type;
		this.context = context;
	}

	/** The role of a process: {@code client <request as JSON>}. */
	static void play(String[] args) throws Exception {
		ClientRequest request = ClientRequest.parse(args[0]);
		WayType type = WayType.of(request.way());
		try (ConfigurableApplicationContext context = BenchmarkApplication.run(type.setup(), request.target(),
				request.certificate()); Way way = type.create(context, request.target())) {
			new ClientProcess(request, type, context).serve(way);
		}
		// Some ways leave threads that are no daemons
		System.exit(0);
	}

	private void serve(Way way) throws Exception {
		ClientLoad load = new ClientLoad(this.request, this.type.setup());
		for (Optional<ClientRun> run = next(); run.isPresent(); run = next()) {
			Parent.tell(measure(way, load, run.get()));
		}
	}

	private static Optional<ClientRun> next() throws IOException {
		return Parent.await(ClientRun.class);
	}

	private Measurement measure(Way way, ClientLoad load, ClientRun run) throws Exception {
		load.run(way, run.callers(), run.unmeasured(), run.requests(), Duration.ZERO, () -> {
		});
		FlightRecording.begin();
		LoopWatch watch = new LoopWatch(this.context);
		Usage before = Usage.now();
		long start = System.nanoTime();
		ClientLoad.Outcome outcome = load.run(way, run.callers(), run.measured(), run.requests(), Duration.ofMillis(50),
				watch::look);
		long end = System.nanoTime();
		Usage after = Usage.now();
		long[] percentiles = Latencies.percentiles(outcome.latencies(), 0.5, 0.99);
		return new Measurement(outcome.requests(), (end - start) / 1e9, after.cpuSecondsSince(before),
				after.compilingSecondsSince(before), after.allocatedSince(before), percentiles[0], percentiles[1],
				after.peakThreads(), outcome.errors(), watch.lagMillis(), watch.busy());
	}

}
