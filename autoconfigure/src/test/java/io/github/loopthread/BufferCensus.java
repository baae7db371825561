package io.github.loopthread;

import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

import io.netty.util.LeakPresenceDetector;

import org.springframework.beans.DirectFieldAccessor;

/**
 * Counts every buffer of Netty's that has not been released. Installed for the whole
 * suite with {@code io.netty.customResourceLeakDetector}. Buffers of clients that are not
 * ours, which may lose some, are counted apart.
 */
public final class BufferCensus<T> extends LeakPresenceDetector<T> {

	/**
	 * How the names of threads begin on which clients live that are not ours, with which
	 * ours are compared.
	 */
	public static final String OTHER_CLIENT = "other-client";

	private static final ResourceScope SUITE = new ResourceScope("suite");

	private static final ResourceScope OTHERS = new ResourceScope("others");

	/**
	 * Called by Netty.
	 */
	@SuppressWarnings("deprecation")
	public BufferCensus(Class<?> resourceType, int samplingInterval) {
		super(resourceType, samplingInterval);
	}

	/**
	 * Called by Netty, by the name and parameters of old.
	 */
	public BufferCensus(Class<?> resourceType, int samplingInterval, long maxActive) {
		super(resourceType, samplingInterval, maxActive);
	}

	static boolean isEmpty() {
		return !SUITE.hasOpenResources();
	}

	/**
	 * Return how many buffers have not been released.
	 */
	public static long open() {
		return open(SUITE);
	}

	/**
	 * Return how many buffers have not been released that other clients have allocated.
	 */
	public static long openOfOtherClients() {
		return open(OTHERS);
	}

	private static long open(ResourceScope scope) {
		LongAdder open = (LongAdder) new DirectFieldAccessor(scope).getPropertyValue("openResourceCounter");
		return Objects.requireNonNull(open).sum();
	}

	@Override
	protected ResourceScope currentScope() {
		return Thread.currentThread().getName().startsWith(OTHER_CLIENT) ? OTHERS : SUITE;
	}

}
