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
 * Cancel and start: somebody cancels a task as the loop comes to it. The results: whether
 * it had an outcome before the loop came to it, how often it was subscribed to, how often
 * that was cancelled, how many permits are out.
 */
@JCStressTest
@Outcome(id = { "0, 0, 0, 0", "1, 0, 0, 0" }, expect = Expect.ACCEPTABLE, desc = "It never starts")
@Outcome(id = "0, 1, 1, 0", expect = Expect.ACCEPTABLE, desc = "It has started and is cancelled, once")
@Outcome(expect = Expect.FORBIDDEN, desc = "It starts although it is over, goes on for ever, or keeps its permit")
@State
public class CancelStartRace {

	private final RacedTask raced = RacedTask.queued(Holder.ANYBODY, null);

	@Actor
	public void loop(IIII_Result result) {
		result.r1 = this.raced.task().isDone() ? 1 : 0;
		this.raced.loop().run();
	}

	@Actor
	public void canceller() {
		this.raced.task().cancel(true);
	}

	@Arbiter
	public void after(IIII_Result result) {
		this.raced.loop().run();
		result.r2 = this.raced.source().subscribed();
		result.r3 = this.raced.source().cancelled();
		result.r4 = this.raced.registry().size();
	}

}
