package io.github.loopthread;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.infra.results.II_Result;

import io.github.loopthread.LoopThread.State;

/**
 * Start and death: the loop's thread ends by itself as the last resource opens. This is
 * what decides in a loop; a whole one would be too slow for many samples. The results:
 * whether the start succeeds, and where it ends: 2 for failed, 1 for stopped.
 */
@JCStressTest
@Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "It ran, and its end is seen")
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "It never ran: the start fails")
@Outcome(expect = Expect.FORBIDDEN, desc = "A loop without a thread that seems to run")
@org.openjdk.jcstress.annotations.State
public class StartDeathRace {

	private final GenerationState state = new GenerationState();

	@Actor
	public void opener(II_Result result) {
		if (this.state.run()) {
			result.r1 = 1;
		}
		else {
			this.state.stopped();
		}
	}

	@Actor
	public void loopThread() {
		this.state.die();
		this.state.fail();
	}

	@Arbiter
	public void after(II_Result result) {
		State state = this.state.get();
		result.r2 = (state == State.FAILED) ? 2 : (state == State.STOPPED) ? 1 : 0;
	}

}
