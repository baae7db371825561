package io.github.loopthread.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

import com.sun.management.OperatingSystemMXBean;

/**
 * The processor time that a process has used so far, and the greatest number of threads
 * that it has had since the last look.
 */
record Usage(long cpuNanos, int peakThreads) {

	static Usage now() {
		ThreadMXBean threads = ManagementFactory.getThreadMXBean();
		int peak = threads.getPeakThreadCount();
		threads.resetPeakThreadCount();
		return new Usage(((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime(),
				peak);
	}

	/** Return the seconds of processor time between that look and this one. */
	double cpuSecondsSince(Usage before) {
		return (this.cpuNanos - before.cpuNanos) / 1e9;
	}

}
