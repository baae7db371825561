package io.github.loopthread;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * Stop and stop. A whole loop has threads and sockets to make, too slow for many samples:
 * this is what decides in it, and {@link LifecycleModel} has two threads stop a whole
 * one. The results: whether the one and the other is to do the work, and whether both
 * wait for the same.
 */
@JCStressTest
@Outcome(id = { "1, 0, 1", "0, 1, 1" }, expect = Expect.ACCEPTABLE, desc = "One stops it, and both wait for that")
@Outcome(expect = Expect.FORBIDDEN, desc = "Two stops, or none, or one that is waited for in vain")
@State
public class StopStopRace {

	private final GenerationState state = new GenerationState();

	@Actor
	public void one(III_Result result) {
		result.r1 = stop();
	}

	@Actor
	public void other(III_Result result) {
		result.r2 = stop();
	}

	@Arbiter
	public void after(III_Result result) {
		result.r3 = this.state.closed().isDone() && !this.state.isAlive() && !this.state.isStopping() ? 1 : 0;
	}

	private int stop() {
		if (this.state.beginStop()) {
			this.state.drain();
			this.state.stopped();
			// Whoever does so twice is no longer the one who stops it
			return this.state.closed().complete(null) ? 1 : 2;
		}
		return 0;
	}

}
