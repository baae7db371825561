package io.github.loopthread.benchmarks;

import java.time.Duration;

import tools.jackson.databind.json.JsonMapper;

import io.github.loopthread.benchmarks.ways.WayType;

/**
 * A whole Spring MVC application under load: each page makes some calls of 20 ms.
 */
final class MvcWork {

	private MvcWork() {
	}

	static String run(Options given) throws Exception {
		Options options = given.or("rounds=3", "warmup=6", "seconds=6", "connections=100", "calls=5", "delay=20",
				"body=tiny", "requests=" + Integer.MAX_VALUE,
				"ways=loop,loop-virtual,block,block-hook,mono,rest,rest-pool,rest-virtual,rest-context");
		try (UpstreamProcess upstream = new UpstreamProcess()) {
			Target target = upstream.target(options.bodies("body").get(0), options.number("delay"), false);
			Comparison comparison = Comparison.run(options.ways(), options.number("rounds"),
					(way) -> measure(way, target, options));
			return "## Spring MVC: %d connections, pages of %d calls of %d ms\n\n%s\n`%s`\n".formatted(
					options.number("connections"), options.number("calls"), target.delayMillis(), comparison.table(),
					options);
		}
	}

	private static Measurement measure(WayType way, Target target, Options options) throws Exception {
		try (Child application = Child.start("application", way.id(), JsonMapper.shared().writeValueAsString(target),
				options.text("calls"))) {
			int port = application.await(Integer.class);
			load(port, options, options.seconds("warmup"));
			Duration before = application.cpu();
			LoadProcess.Result result = load(port, options, options.seconds("seconds"));
			Duration used = application.cpu().minus(before);
			application.dismiss();
			int threads = application.await(Integer.class);
			return new Measurement(result.requests(), result.seconds(), used.toNanos() / 1e9, result.p50(),
					result.p99(), threads, result.errors(), 0, 0);
		}
	}

	private static LoadProcess.Result load(int port, Options options, double seconds) throws Exception {
		try (Child load = Child.start("load", port, options.text("connections"), seconds, options.text("requests"))) {
			return load.await(LoadProcess.Result.class, Duration.ofSeconds((long) seconds));
		}
	}

}
