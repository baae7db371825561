package io.github.loopthread.soak;

import java.util.Map;

/**
 * What there is in the application, to be compared with what there was.
 *
 * @param tasks accepted and not ended
 * @param waiting threads that wait for one
 * @param scopes open
 * @param leases open
 * @param refusedPermits how many tasks less than the limit were accepted
 * @param connections in use by requests, or waited for
 * @param threads by name, without numbers
 * @param sockets descriptors of sockets, selectors and timers
 * @param buffers bytes of direct memory that the allocator of buffers holds
 * @param heap bytes that are in use after a garbage collection
 */
record Census(int tasks, int waiting, int scopes, int leases, int refusedPermits, int connections,
		Map<String, Integer> threads, int sockets, long buffers, long heap) {

	/**
	 * Return whether nothing is there that was not there before. Memory is not compared:
	 * it has what classes and caches have come to need.
	 */
	boolean isAtMost(Census baseline) {
		return this.tasks == 0 && this.waiting == 0 && this.scopes == 0 && this.leases == 0 && this.refusedPermits == 0
				&& this.connections == 0 && this.sockets <= baseline.sockets
				&& this.threads.entrySet()
					.stream()
					.allMatch((threads) -> threads.getValue() <= baseline.threads.getOrDefault(threads.getKey(), 0));
	}

}
