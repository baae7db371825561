package io.github.loopthread.benchmarks.bridge;

import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * One in an application that has Spring Security as well.
 */
@State(Scope.Benchmark)
public class SecuredBridge extends Bridge {

	@Override
	boolean isSecured() {
		return true;
	}

}
