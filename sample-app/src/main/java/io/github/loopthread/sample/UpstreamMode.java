package io.github.loopthread.sample;

/**
 * How a service behaves.
 */
enum UpstreamMode {

	/**
	 * Answers after its usual latency.
	 */
	NORMAL,

	/**
	 * Answers two seconds later than usual.
	 */
	SLOW,

	/**
	 * Answers with status 500.
	 */
	BROKEN

}
