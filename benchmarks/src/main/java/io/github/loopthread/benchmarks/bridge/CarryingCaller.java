package io.github.loopthread.benchmarks.bridge;

import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import io.github.loopthread.benchmarks.CallerValues;

/**
 * A caller with something to carry. JMH calls this on the caller's thread.
 */
@State(Scope.Thread)
public class CarryingCaller {

	@Setup
	public void set() {
		CallerValues.set();
	}

	@TearDown
	public void clear() {
		CallerValues.clear();
	}

}
