package io.github.loopthread.benchmarks;

/**
 * A figure that we want to reach, and one that we would like to. Ratios are ours divided
 * by theirs.
 */
enum Goal {

	A_BLOCK("A: CPU/request against `WebClient` + `block()`, context carried by ours only", 0.80, 0.65),

	A_BLOCK_HOOK("A: CPU/request against the same with the automatic hook, context carried by both", 0.45, 0.33),

	A_REST_VIRTUAL("A: CPU/request against `RestClient` on virtual threads", 0.20, 0.15),

	A_REACTOR_NETTY("A: CPU/request against Reactor Netty on one loop", 1.6, 1.35),

	A_NETTY("A: CPU/request against Netty on one loop", 3.2, 2.5),

	A_LAYERS("A: CPU/request, meters on and context carried, against the same `WebClient` and meters without us", 1.15,
			1.08),

	B_REST_VIRTUAL("B: p99 of a fan-out against `RestClient` on virtual threads", 0.5, 0.35),

	C_TASKS("C: tasks/s of 32 callers against `eventLoop.submit().get()`", 0.95, 1.0),

	C_BYTES("C: bytes per task, deadline and admission on, nothing to carry", 250, 160),

	OVERSHOOT("deadline overshoot with the loop blocked, p99, ms", 10, 2),

	VIRTUAL_OVERSHOOT("the same of callers on virtual threads", 10, 2),

	STOP("stop of an idle loop, p99, ms", 50, 20),

	RESTART("stop, start and a first request, p99, ms", 100, 50),

	STARTUP("what the starter adds to the start of a Spring MVC application, ms", 150, 60),

	CALLER("bytes of heap of a waiting caller beyond its platform thread", 2048, 1024),

	LARGE("bodies of 300 KB, 16 callers: requests/s against `RestClient` on virtual threads", 1.0, 1.5);

	private final String figure;

	private final double goal;

	private final double stretch;

	Goal(String figure, double goal, double stretch) {
		this.figure = figure;
		this.goal = goal;
		this.stretch = stretch;
	}

	String figure() {
		return this.figure;
	}

	String goal() {
		return limit(this.goal);
	}

	String stretch() {
		return limit(this.stretch);
	}

	/** Say whether a figure reaches it. */
	String reachedBy(double measured) {
		if (isWithin(measured, this.stretch)) {
			return "yes, stretch too";
		}
		return isWithin(measured, this.goal) ? "yes" : "**no**";
	}

	private String limit(double limit) {
		return (isLess() ? "≤ " : "≥ ") + Table.number(limit);
	}

	private boolean isWithin(double measured, double limit) {
		return isLess() ? measured <= limit : measured >= limit;
	}

	/** Return whether less is better. */
	private boolean isLess() {
		return this.stretch < this.goal;
	}

}
