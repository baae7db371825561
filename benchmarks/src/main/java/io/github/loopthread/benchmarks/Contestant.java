package io.github.loopthread.benchmarks;

/**
 * A way in a process of its own, which is there for all rounds and idle while others are
 * measured.
 */
interface Contestant extends AutoCloseable {

	/** Called once, before the first round. */
	void warmUp() throws Exception;

	/** Called once in each round. */
	Measurement measure() throws Exception;

}
