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
	 * Answers three seconds later than usual.
	 */
	SLOW,

	/**
	 * Answers with status 500.
	 */
	BROKEN,

	/**
	 * Hangs up in the middle of its answer.
	 */
	TRUNCATED,

	/**
	 * Hangs up without an answer.
	 */
	DOWN

}
