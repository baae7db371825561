package io.github.loopthread;

import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

import io.netty.util.LeakPresenceDetector;

import org.springframework.beans.DirectFieldAccessor;

/**
 * Counts every buffer of Netty's that has not been released. Installed for the whole
 * suite with {@code io.netty.customResourceLeakDetector}.
 */
public final class BufferCensus<T> extends LeakPresenceDetector<T> {

	private static final ResourceScope SUITE = new ResourceScope("suite");

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
		LongAdder open = (LongAdder) new DirectFieldAccessor(SUITE).getPropertyValue("openResourceCounter");
		return Objects.requireNonNull(open).sum();
	}

	@Override
	protected ResourceScope currentScope() {
		return SUITE;
	}

}
