package io.github.loopthread.benchmarks.ways;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * What the JDK has since 21; this is compiled for 17.
 */
final class VirtualThreads {

	private VirtualThreads() {
	}

	static ExecutorService executor() {
		try {
			return (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException("There are no virtual threads before JDK 21", ex);
		}
	}

}
