package io.github.loopthread;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

import io.github.loopthread.TaskOrigin.Holder;

/**
 * Complete and cancel: the source ends as somebody cancels the future that was handed
 * out. The results: what it has ended with, what cancel said, how many values were
 * discarded, how many permits are out.
 */
@JCStressTest
@Outcome(id = "1, 0, 0, 0", expect = Expect.ACCEPTABLE, desc = "The value, and cancel says that it came too late")
@Outcome(id = "3, 1, 1, 0", expect = Expect.ACCEPTABLE, desc = "Cancelled, and the value is discarded")
@Outcome(expect = Expect.FORBIDDEN, desc = "Another outcome, cancel does not tell the truth, a value or permit lost")
@State
public class CompleteCancelRace {

	private final RacedTask raced = RacedTask.running(Holder.ANYBODY, null);

	@Actor
	public void loop() {
		this.raced.source().emit(this);
		this.raced.loop().run();
	}

	@Actor
	public void canceller(IIII_Result result) {
		result.r2 = this.raced.task().cancel(true) ? 1 : 0;
	}

	@Arbiter
	public void after(IIII_Result result) {
		this.raced.loop().run();
		result.r1 = Ends.of(this.raced.task());
		result.r3 = this.raced.discarded();
		result.r4 = this.raced.registry().size();
	}

}
