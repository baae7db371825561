package io.github.loopthread.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;

import com.sun.management.OperatingSystemMXBean;
import org.springframework.context.ConfigurableApplicationContext;

import io.github.loopthread.benchmarks.ways.Way;
import io.github.loopthread.benchmarks.ways.WayType;

/**
 * The process of one way in one round: callers in closed loops, first to warm up, then
 * measured. It is a new one each time. A JVM that has run another way has compiled its
 * code for both, some ways change the JVM as a whole, as the automatic hook does, and the
 * compiler's luck is part of what differs between rounds.
 */
final class ClientProcess {

	private final Way way;

	private final ClientLoad load;

	private final LoopWatch watch;

	private ClientProcess(Way way, ClientLoad load, LoopWatch watch) {
		this.way = way;
		this.load = load;
		this.watch = watch;
	}

	/** The role of a process: {@code client <request as JSON>}. */
	static void play(String[] args) throws Exception {
		ClientRequest request = ClientRequest.parse(args[0]);
		Parent.tell(run(request));
		// Some ways leave threads that are no daemons
		System.exit(0);
	}

	/** Start such a process and wait for what it measures. */
	static Measurement measure(ClientRequest request) throws Exception {
		Duration work = request.warmUp().plus(request.measured());
		try (Child client = Child.start("client", request.json())) {
			return client.await(Measurement.class, work);
		}
	}

	static Measurement run(ClientRequest request) throws Exception {
		WayType type = WayType.of(request.way());
		try (ConfigurableApplicationContext context = BenchmarkApplication.run(type.setup(), request.target(),
				request.certificate()); Way way = type.create(context, request.target())) {
			ClientLoad load = new ClientLoad(request, type.setup());
			return new ClientProcess(way, load, new LoopWatch(context)).warmUpAndMeasure(request);
		}
	}

	private Measurement warmUpAndMeasure(ClientRequest request) throws Exception {
		this.load.run(this.way, request.warmUp(), request.requests(), Duration.ZERO, () -> {
		});
		ThreadMXBean threads = ManagementFactory.getThreadMXBean();
		threads.resetPeakThreadCount();
		long cpu = cpuNanos();
		long start = System.nanoTime();
		ClientLoad.Outcome outcome = this.load.run(this.way, request.measured(), request.requests(),
				Duration.ofMillis(50), this.watch::look);
		long end = System.nanoTime();
		long usedCpu = cpuNanos() - cpu;
		long[] percentiles = Latencies.percentiles(outcome.latencies(), 0.5, 0.99);
		return new Measurement(outcome.requests(), (end - start) / 1e9, usedCpu / 1e9, percentiles[0], percentiles[1],
				threads.getPeakThreadCount(), outcome.errors(), this.watch.lagMillis(), this.watch.busy());
	}

	private static long cpuNanos() {
		return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
	}

}
