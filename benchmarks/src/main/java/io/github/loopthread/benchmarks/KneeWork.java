package io.github.loopthread.benchmarks;

import java.util.List;

import io.github.loopthread.benchmarks.ways.WayType;

/**
 * Where one loop is full: more and more callers with one call each, for each size of
 * body, plain and with TLS, beside ways that use every processor.
 */
final class KneeWork {

	private KneeWork() {
	}

	static String run(Options given) throws Exception {
		Options options = given.or("rounds=1", "warmup=4", "seconds=4", "callers=1,4,16,64,256", "calls=1",
				"body=tiny,kilo,large", "tls=false,true", "requests=" + Integer.MAX_VALUE,
				"ways=loop,block,rest-virtual");
		StringBuilder report = new StringBuilder("## The knee of one loop\n\n");
		try (UpstreamProcess upstream = new UpstreamProcess()) {
			for (Body body : options.bodies("body")) {
				for (String tls : options.list("tls")) {
					Target target = upstream.target(body, 0, Boolean.parseBoolean(tls));
					report.append("### Bodies of %,d bytes, %s\n\n%s\n".formatted(body.bytes(0).length,
							target.tls() ? "TLS" : "plain", table(options, target, upstream.certificate())));
				}
			}
		}
		return report.append("`%s`\n".formatted(options)).toString();
	}

	private static Table table(Options options, Target target, String certificate) throws Exception {
		Table table = new Table("way", "callers", "requests/s", "CPU µs/request", "p50 ms", "p99 ms",
				"lag ms (9 of 10)", "loop busy", "errors");
		for (int callers : options.numbers("callers")) {
			for (WayType way : options.ways()) {
				for (int round = 0; round < options.number("rounds"); round++) {
					add(table, way, callers, measure(way, callers, target, certificate, options));
				}
			}
		}
		return table;
	}

	private static void add(Table table, WayType way, int callers, Measurement measured) {
		List<String> ofLoop = way.setup().isLoop()
				? List.of(Table.number(measured.lagMillis()), "%.0f %%".formatted(measured.busy() * 100))
				: List.of("", "");
		table.add(way.title(), Table.number(callers), Table.number(measured.requestsPerSecond()),
				Table.number(measured.cpuMicrosPerRequest()), Table.number(measured.p50() / 1000.0),
				Table.number(measured.p99() / 1000.0), ofLoop.get(0), ofLoop.get(1), String.valueOf(measured.errors()));
		System.err.println("%s, %d callers: %s".formatted(way.id(), callers, measured));
	}

	private static Measurement measure(WayType way, int callers, Target target, String certificate, Options options)
			throws Exception {
		ClientRequest request = new ClientRequest(way.id(), target, certificate, callers, options.number("calls"),
				options.seconds("warmup"), options.seconds("seconds"), options.number("requests"));
		return ClientProcess.measure(request);
	}

}
