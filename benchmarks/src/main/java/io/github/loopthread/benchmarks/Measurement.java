package io.github.loopthread.benchmarks;

/**
 * What one way did in one round. Times of fan-outs in microseconds; the loop's lag and
 * business only where there is one.
 */
record Measurement(long requests, double seconds, double cpuSeconds, double compilingSeconds, long allocatedBytes,
		long p50, long p99, int threads, long errors, double lagMillis, double busy) {

	double requestsPerSecond() {
		return this.requests / this.seconds;
	}

	double cpuMicrosPerRequest() {
		return this.cpuSeconds * 1e6 / this.requests;
	}

	/**
	 * Return how much of the time the JVM's compilers worked, of which there are several.
	 */
	double compilingShare() {
		return this.compilingSeconds / this.seconds;
	}

	double bytesPerRequest() {
		return (double) this.allocatedBytes / this.requests;
	}

}
