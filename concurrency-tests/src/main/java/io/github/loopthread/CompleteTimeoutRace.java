package io.github.loopthread;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

import io.github.loopthread.TaskOrigin.Holder;

/**
 * Complete and timeout: the source ends as the deadline passes for the caller who waits.
 * The results: what the caller gets, how many values were discarded, how many permits are
 * out.
 */
@JCStressTest
@Outcome(id = "1, 0, 0", expect = Expect.ACCEPTABLE, desc = "In time: the value")
@Outcome(id = "2, 1, 0", expect = Expect.ACCEPTABLE, desc = "Too late: the timeout, and the value is discarded")
@Outcome(expect = Expect.FORBIDDEN, desc = "Another outcome, a value lost or kept twice, a permit lost")
@State
public class CompleteTimeoutRace {

	private final RacedTask raced = RacedTask.running(Holder.WAITING_CALLER, RacedTask.PASSED);

	@Actor
	public void loop() {
		this.raced.source().emit(this);
		this.raced.loop().run();
	}

	@Actor
	public void caller(III_Result result) {
		result.r1 = Ends.await(this.raced.task());
	}

	@Arbiter
	public void after(III_Result result) {
		this.raced.loop().run();
		result.r2 = this.raced.discarded();
		result.r3 = this.raced.registry().size();
	}

}
