package io.github.loopthread;

import io.netty.util.LeakPresenceDetector;

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

	@Override
	protected ResourceScope currentScope() {
		return SUITE;
	}

}
