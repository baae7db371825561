package io.github.loopthread.benchmarks;

import java.util.List;

import io.github.loopthread.benchmarks.ways.WayType;

/**
 * Works A and B: callers that fan out, for each way in a process of its own.
 */
final class FanOutWork {

	static final String WAYS = "loop,loop-scope,loop-bare,loop-virtual,plain-loop,block,block-hook,rest,rest-pool,"
			+ "rest-virtual,rest-context,jdk,apache,vertx,reactor-netty,netty";

	private static final List<String> LESS_WAYS = List.of("loop", "loop-virtual", "block", "rest", "rest-pool",
			"rest-virtual", "jdk", "apache", "vertx");

	private FanOutWork() {
	}

	/** 16 callers, an upstream that answers at once: what a request costs. */
	static String a(Options options) throws Exception {
		return run("A", options.or("rounds=3", "warmup=6", "seconds=5", "callers=16", "calls=10", "delay=0",
				"body=tiny", "requests=" + Integer.MAX_VALUE, "ways=" + WAYS));
	}

	/** 100 callers, an upstream that takes 50 ms: how many wait well at once. */
	static String b(Options options) throws Exception {
		return run("B", options.or("rounds=3", "warmup=5", "seconds=6", "callers=100", "calls=10", "delay=50",
				"body=tiny", "requests=" + Integer.MAX_VALUE, "ways=" + String.join(",", LESS_WAYS)));
	}

	private static String run(String work, Options options) throws Exception {
		StringBuilder report = new StringBuilder();
		try (UpstreamProcess upstream = new UpstreamProcess()) {
			for (Body body : options.bodies("body")) {
				Target target = upstream.target(body, options.number("delay"), false);
				Comparison comparison = Comparison.run(options.ways(), options.number("rounds"),
						(way) -> measure(way, target, upstream.certificate(), options));
				report.append("## Work %s: %d callers, fan-outs of %d, bodies of %,d bytes, %d ms\n\n%s\n".formatted(
						work, options.number("callers"), options.number("calls"), body.bytes(0).length,
						target.delayMillis(), comparison.table()));
			}
		}
		return report.append("`%s`\n".formatted(options)).toString();
	}

	private static Measurement measure(WayType way, Target target, String certificate, Options options)
			throws Exception {
		ClientRequest request = new ClientRequest(way.id(), target, certificate, options.number("callers"),
				options.number("calls"), options.seconds("warmup"), options.seconds("seconds"),
				options.number("requests"));
		return ClientProcess.measure(request);
	}

}
