package io.github.loopthread.benchmarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.github.loopthread.benchmarks.ways.WayType;

/**
 * Where one loop is full: more and more callers with one call each, for each size of
 * body, plain and with TLS, beside ways that use every processor.
 */
final class KneeWork {

	private final Options options;

	private KneeWork(Options options) {
		this.options = options;
	}

	static String run(Options given, Goals goals) throws Exception {
		return new KneeWork(given.or("rounds=1", "warmup=20", "settle=2", "seconds=4", "callers=4,16,64,256", "calls=1",
				"body=tiny,kilo,large", "tls=false,true", "requests=" + Integer.MAX_VALUE, "jfr=",
				"ways=loop,block,rest-virtual"))
			.run();
	}

	private String run() throws Exception {
		StringBuilder report = new StringBuilder("## The knee of one loop\n\n");
		try (UpstreamProcess upstream = new UpstreamProcess()) {
			for (Body body : this.options.bodies("body")) {
				for (String tls : this.options.list("tls")) {
					Target target = upstream.target(body, 0, Boolean.parseBoolean(tls));
					report.append("### Bodies of %,d bytes, %s\n\n%s\n".formatted(body.bytes(0).length,
							target.tls() ? "TLS" : "plain", table(target, upstream.certificate())));
				}
			}
		}
		return report.append("`%s`\n".formatted(this.options)).toString();
	}

	private Table table(Target target, String certificate) throws Exception {
		Map<WayType, Client> clients = new LinkedHashMap<>();
		try {
			for (WayType way : this.options.ways()) {
				clients.put(way, start(way, target, certificate));
				System.err.println("warming up " + way.id());
				clients.get(way).run(ClientRun.warmUp(warmUpCallers(), this.options.seconds("warmup"), requests()));
			}
			Table table = new Table("way", "callers", "requests/s", "CPU µs/request", "p50 ms", "p99 ms",
					"lag ms (9 of 10)", "loop busy", "compiling", "errors");
			for (int callers : this.options.numbers("callers")) {
				ClientRun run = ClientRun.measured(callers, this.options.seconds("settle"),
						this.options.seconds("seconds"), requests());
				for (int round = 0; round < this.options.number("rounds"); round++) {
					for (Map.Entry<WayType, Client> client : clients.entrySet()) {
						add(table, client.getKey(), callers, WarmMeasurement.take(() -> client.getValue().run(run)));
					}
				}
			}
			return table;
		}
		finally {
			for (Client client : clients.values()) {
				client.close();
			}
		}
	}

	private Client start(WayType way, Target target, String certificate) throws Exception {
		String name = "knee-%s%s-%s".formatted(target.body().path(), target.tls() ? "-tls" : "", way.id());
		return new Client(new ClientRequest(way.id(), target, certificate, this.options.number("calls")),
				FlightRecording.jvmOptions(this.options, name));
	}

	private void add(Table table, WayType way, int callers, Measurement measured) {
		List<String> ofLoop = way.setup().isLoop()
				? List.of(Table.number(measured.lagMillis()), "%.0f %%".formatted(measured.busy() * 100))
				: List.of("", "");
		table.add(way.title(), Table.number(callers), Table.number(measured.requestsPerSecond()),
				Table.number(measured.cpuMicrosPerRequest()), Table.number(measured.p50() / 1000.0),
				Table.number(measured.p99() / 1000.0), ofLoop.get(0), ofLoop.get(1),
				"%.0f %%".formatted(measured.compilingShare() * 100), String.valueOf(measured.errors()));
		System.err.println("%s, %d callers: %s".formatted(way.id(), callers, measured));
	}

	/**
	 * In the middle of those that are measured: what few do is hot then, what many do
	 * too.
	 */
	private int warmUpCallers() {
		List<Integer> callers = this.options.numbers("callers");
		return callers.get(callers.size() / 2);
	}

	private int requests() {
		return this.options.number("requests");
	}

}
