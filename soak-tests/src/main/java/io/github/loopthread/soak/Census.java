package io.github.loopthread.soak;

import java.util.Map;

/**
 * What there is in the application, to be compared with what there was.
 *
 * @param inUse tasks, callers that wait, scopes, leases, connections that serve a
 * request, and requests that wait for one
 * @param missingPermits how many tasks less than the limit were accepted
 * @param threads by name, without numbers
 * @param sockets descriptors of sockets, selectors and timers
 * @param buffers bytes of direct memory that the allocator of buffers holds
 * @param heap bytes that are in use after a garbage collection
 */
record Census(int inUse, int missingPermits, Map<String, Integer> threads, int sockets, long buffers, long heap) {

	/**
	 * So much more direct memory the allocator of buffers may keep for the next ones.
	 * That does not grow with the number of calls, as buffers do that nobody releases.
	 */
	private static final long KEPT_FOR_LATER = 4 << 20;

	/**
	 * Return whether nothing is there that was not there before. The heap is not
	 * compared: it has what classes and caches have come to need.
	 */
	boolean isAtMost(Census baseline) {
		return this.inUse == 0 && this.missingPermits == 0 && this.sockets <= baseline.sockets
				&& this.buffers <= baseline.buffers + KEPT_FOR_LATER
				&& this.threads.entrySet()
					.stream()
					.allMatch((threads) -> threads.getValue() <= baseline.threads.getOrDefault(threads.getKey(), 0));
	}

	/**
	 * Return this census with what there is at a later moment. What was in use was so in
	 * the life of the loop that has ended with it.
	 */
	Census withLater(Census later) {
		return new Census(this.inUse, this.missingPermits, later.threads, later.sockets, later.buffers, later.heap);
	}

	int threadCount() {
		return this.threads.values().stream().mapToInt(Integer::intValue).sum();
	}

}
