package io.github.loopthread.benchmarks.bridge;

import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * One in an application that meters and observes, and so listens to each task.
 */
@State(Scope.Benchmark)
public class MeteredBridge extends Bridge {

	@Override
	boolean isMetered() {
		return true;
	}

}
