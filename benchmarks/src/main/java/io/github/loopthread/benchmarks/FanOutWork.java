package io.github.loopthread.benchmarks;

import java.util.function.ToDoubleFunction;

import io.github.loopthread.benchmarks.ways.WayType;

/**
 * Works A and B: callers that fan out, for each way in a process of its own.
 */
final class FanOutWork {

	private static final String WAYS = "loop,loop-scope,loop-bare,loop-virtual,loop-metered,plain-loop,plain-metered,"
			+ "block,block-hook,rest,rest-pool,rest-virtual,rest-context,rest-apache,jdk,apache,vertx,reactor-netty,netty";

	private final String name;

	private final Options options;

	private FanOutWork(String name, Options options) {
		this.name = name;
		this.options = options;
	}

	/** 16 callers, an upstream that answers at once: what a request costs. */
	static String a(Options options, Goals goals) throws Exception {
		return new FanOutWork("a", options.or("rounds=3", "warmup=40", "settle=5", "seconds=8", "callers=16",
				"calls=10", "delay=0", "body=tiny", "requests=" + Integer.MAX_VALUE, "jfr=", "ways=" + WAYS))
			.run(goals);
	}

	/** 100 callers, an upstream that takes 50 ms: how many wait well at once. */
	static String b(Options options, Goals goals) throws Exception {
		return new FanOutWork("b",
				options.or("rounds=3", "warmup=30", "settle=5", "seconds=10", "callers=100", "calls=10", "delay=50",
						"body=tiny", "requests=" + Integer.MAX_VALUE, "jfr=",
						"ways=loop,loop-virtual,block,rest,rest-pool,rest-virtual,rest-apache,jdk,apache,vertx"))
			.run(goals);
	}

	/** As A, with bodies of 300 KB: decoding is most of the work, and on one thread. */
	static String large(Options options, Goals goals) throws Exception {
		return new FanOutWork("large",
				options.or("rounds=3", "warmup=30", "settle=5", "seconds=8", "callers=16", "calls=10", "delay=0",
						"body=large", "requests=" + Integer.MAX_VALUE, "jfr=",
						"ways=loop,loop-bytes,block,rest-virtual,rest-apache,jdk,vertx"))
			.run(goals);
	}

	private String run(Goals goals) throws Exception {
		StringBuilder report = new StringBuilder();
		try (UpstreamProcess upstream = new UpstreamProcess()) {
			for (Body body : this.options.bodies("body")) {
				Target target = upstream.target(body, this.options.number("delay"), false);
				Comparison comparison = Comparison.run(this.options.ways(), this.options.number("rounds"),
						(way) -> new Rounds(start(way, target, upstream.certificate())));
				addTo(goals, comparison);
				report.append("## Work `%s`: %d callers, fan-outs of %d, bodies of %,d bytes, %d ms\n\n%s\n".formatted(
						this.name, this.options.number("callers"), this.options.number("calls"), body.bytes(0).length,
						target.delayMillis(), comparison.table()));
			}
		}
		return report.append("`%s`\n".formatted(this.options)).toString();
	}

	private Client start(WayType way, Target target, String certificate) throws Exception {
		return new Client(new ClientRequest(way.id(), target, certificate, this.options.number("calls")),
				FlightRecording.jvmOptions(this.options,
						"%s-%s-%s".formatted(this.name, target.body().path(), way.id())));
	}

	private void addTo(Goals goals, Comparison comparison) {
		switch (this.name) {
			case "a" -> {
				ToDoubleFunction<Measurement> cpu = Measurement::cpuMicrosPerRequest;
				goals.add(Goal.A_BLOCK, comparison.ratios(WayType.LOOP, WayType.BLOCK, cpu));
				goals.add(Goal.A_BLOCK_HOOK, comparison.ratios(WayType.LOOP, WayType.BLOCK_HOOK, cpu));
				goals.add(Goal.A_REST_VIRTUAL, comparison.ratios(WayType.LOOP, WayType.REST_VIRTUAL, cpu));
				goals.add(Goal.A_REACTOR_NETTY, comparison.ratios(WayType.LOOP, WayType.REACTOR_NETTY, cpu));
				goals.add(Goal.A_NETTY, comparison.ratios(WayType.LOOP, WayType.NETTY, cpu));
				goals.add(Goal.A_LAYERS, comparison.ratios(WayType.LOOP_METERED, WayType.PLAIN_METERED, cpu));
			}
			case "b" ->
				goals.add(Goal.B_REST_VIRTUAL, comparison.ratios(WayType.LOOP, WayType.REST_VIRTUAL, Measurement::p99));
			default -> goals.add(Goal.LARGE,
					comparison.ratios(WayType.LOOP, WayType.REST_VIRTUAL, Measurement::requestsPerSecond));
		}
	}

	/** The same in each round. */
	private final class Rounds implements Contestant {

		private final Client client;

		Rounds(Client client) {
			this.client = client;
		}

		@Override
		public void warmUp() throws Exception {
			this.client.run(ClientRun.warmUp(callers(), FanOutWork.this.options.seconds("warmup"), requests()));
		}

		@Override
		public Measurement measure() throws Exception {
			return this.client.run(ClientRun.measured(callers(), FanOutWork.this.options.seconds("settle"),
					FanOutWork.this.options.seconds("seconds"), requests()));
		}

		@Override
		public void close() throws Exception {
			this.client.close();
		}

		private int callers() {
			return FanOutWork.this.options.number("callers");
		}

		private int requests() {
			return FanOutWork.this.options.number("requests");
		}

	}

}
