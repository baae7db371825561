package io.github.loopthread.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.reflect.Method;

import com.sun.management.OperatingSystemMXBean;

/**
 * What a process has used so far: processor time, time of its compilers, memory that it
 * has allocated; and the greatest number of threads that it has had since the last look.
 */
record Usage(long cpuNanos, long compilingMillis, long allocatedBytes, int peakThreads) {

	static Usage now() {
		ThreadMXBean threads = ManagementFactory.getThreadMXBean();
		int peak = threads.getPeakThreadCount();
		threads.resetPeakThreadCount();
		return new Usage(((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime(),
				ManagementFactory.getCompilationMXBean().getTotalCompilationTime(), allocated(threads), peak);
	}

	/**
	 * Return how many bytes all threads have ever allocated, those that have ended as
	 * well; 0 before JDK 21, which cannot tell.
	 */
	private static long allocated(ThreadMXBean threads) {
		try {
			Method allocated = com.sun.management.ThreadMXBean.class.getMethod("getTotalThreadAllocatedBytes");
			return (long) allocated.invoke(threads);
		}
		catch (NoSuchMethodException ex) {
			return 0;
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Return the seconds of processor time between that look and this one. */
	double cpuSecondsSince(Usage before) {
		return (this.cpuNanos - before.cpuNanos) / 1e9;
	}

	/** Return the seconds that the JVM's compilers have worked in between. */
	double compilingSecondsSince(Usage before) {
		return (this.compilingMillis - before.compilingMillis) / 1e3;
	}

	/** Return the bytes allocated in between. */
	long allocatedSince(Usage before) {
		return this.allocatedBytes - before.allocatedBytes;
	}

}
