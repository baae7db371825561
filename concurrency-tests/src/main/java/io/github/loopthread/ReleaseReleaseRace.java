package io.github.loopthread;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

import io.github.loopthread.TaskOrigin.Holder;

/**
 * Release and release: a task ends as its loop's thread does, which ends them all. The
 * results: how many permits are out, whether the registry is drained.
 */
@JCStressTest
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "The permit is back, and nobody is waited for")
@Outcome(expect = Expect.FORBIDDEN, desc = "The permit came back twice or never, or a stop waits in vain")
@State
public class ReleaseReleaseRace {

	private final RacedTask raced = RacedTask.running(Holder.WAITING_CALLER, null);

	public ReleaseReleaseRace() {
		this.raced.registry().close();
	}

	@Actor
	public void source() {
		this.raced.source().emit(this);
	}

	@Actor
	public void threadExit() {
		this.raced.registry().forEach(this.raced.registry()::release);
	}

	@Arbiter
	public void after(II_Result result) {
		result.r1 = this.raced.registry().size();
		result.r2 = this.raced.registry().drained().isDone() ? 1 : 0;
	}

}
