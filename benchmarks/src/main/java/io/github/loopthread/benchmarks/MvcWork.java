package io.github.loopthread.benchmarks;

/**
 * A whole Spring MVC application under load: each page makes some calls of 20 ms.
 */
final class MvcWork {

	private MvcWork() {
	}

	static String run(Options given, Goals goals) throws Exception {
		Options options = given.or("rounds=3", "warmup=30", "settle=5", "seconds=8", "connections=100", "calls=5",
				"delay=20", "body=tiny", "requests=" + Integer.MAX_VALUE, "jfr=",
				"ways=loop,loop-virtual,block,block-hook,mono,rest,rest-pool,rest-virtual,rest-context,rest-apache");
		// The load needs to be warm as well, and is after the first way
		try (UpstreamProcess upstream = new UpstreamProcess(); Child load = Child.start("load")) {
			Target target = upstream.target(options.bodies("body").get(0), options.number("delay"), false);
			Comparison comparison = Comparison.run(options.ways(), options.number("rounds"),
					(way) -> new Application(way, target, options, load));
			return "## Spring MVC: %d connections, pages of %d calls of %d ms\n\n%s\n`%s`\n".formatted(
					options.number("connections"), options.number("calls"), target.delayMillis(), comparison.table(),
					options);
		}
	}

}
