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
 * Complete and interrupt: the source ends as the caller who waits is interrupted. The
 * results: what the caller gets, whether it is still interrupted, how many values were
 * discarded, how many permits are out.
 */
@JCStressTest
@Outcome(id = "1, 1, 0, 0", expect = Expect.ACCEPTABLE, desc = "The value, and the interrupt is left for later")
@Outcome(id = "4, 1, 1, 0", expect = Expect.ACCEPTABLE, desc = "Interrupted, and the value is discarded")
@Outcome(expect = Expect.FORBIDDEN, desc = "Another outcome, or the interrupt, the value or the permit is lost")
@State
public class CompleteInterruptRace {

	private final RacedTask raced = RacedTask.running(Holder.WAITING_CALLER, null);

	@Actor
	public void loop() {
		this.raced.source().emit(this);
		this.raced.loop().run();
	}

	@Actor
	public void caller(IIII_Result result) {
		Thread.currentThread().interrupt();
		result.r1 = Ends.await(this.raced.task());
		result.r2 = Thread.interrupted() ? 1 : 0;
	}

	@Arbiter
	public void after(IIII_Result result) {
		this.raced.loop().run();
		result.r3 = this.raced.discarded();
		result.r4 = this.raced.registry().size();
	}

}
