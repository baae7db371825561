package io.github.loopthread.soak;

/**
 * What can happen to the application.
 */
enum FaultKind {

	NETWORK("network fault"),

	BLOCKED("loop blocked"),

	BURST("ten times the load"),

	CANCEL("mass cancel"),

	INTERRUPT("mass interrupt"),

	RESET("connections reset"),

	RESTART("loop restarted"),

	FATAL("fatal errors in tasks"),

	SUSPENDED("process suspended");

	private final String text;

	FaultKind(String text) {
		this.text = text;
	}

	@Override
	public String toString() {
		return this.text;
	}

}
