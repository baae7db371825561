package io.github.loopthread.leaks;

/**
 * What is counted of a process that might leak.
 */
enum Figure {

	/**
	 * Calls or restarts that were made before.
	 */
	DONE("done"),

	/**
	 * Threads of Java.
	 */
	THREADS("threads"),

	/**
	 * Files, sockets, selectors and whatever else the system counts.
	 */
	DESCRIPTORS("descriptors"),

	/**
	 * Connections that are lent out.
	 */
	ACQUIRED("acquired"),

	/**
	 * Requests that wait for a connection.
	 */
	PENDING("pending"),

	/**
	 * Connections in the pool.
	 */
	POOLED("pooled"),

	/**
	 * Tasks that are let in before one is refused.
	 */
	PERMITS("permits"),

	/**
	 * Scopes and leases that are open.
	 */
	OPEN("scopes, leases"),

	/**
	 * Buffers of Netty's that have not been released.
	 */
	BUFFERS("buffers"),

	/**
	 * What Netty's allocator has taken from the system, in bytes.
	 */
	NETTY_DIRECT("Netty's direct memory"),

	/**
	 * What the JDK's direct buffers hold, in bytes.
	 */
	JDK_DIRECT("the JDK's"),

	/**
	 * Values for which Netty's threads have room.
	 */
	THREAD_LOCALS("fast thread-locals"),

	/**
	 * Meters in the registry.
	 */
	METERS("meters"),

	/**
	 * What the objects on the heap that are in use take, in bytes.
	 */
	HEAP("heap");

	private final String title;

	Figure(String title) {
		this.title = title;
	}

	String title() {
		return this.title;
	}

}
