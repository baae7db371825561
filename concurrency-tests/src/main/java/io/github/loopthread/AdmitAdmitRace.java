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
 * Admit and admit at the limit: two callers, one permit. The results: whether the one and
 * the other was admitted (1) or refused (3), how many permits are out, how many tasks are
 * in the list.
 */
@JCStressTest
@Outcome(id = { "1, 3, 1, 1", "3, 1, 1, 1" }, expect = Expect.ACCEPTABLE, desc = "One of the two")
@Outcome(expect = Expect.FORBIDDEN, desc = "Both, or neither, or the refused one has left a trace")
@State
public class AdmitAdmitRace {

	private final TaskRegistry registry = RacedTask.registry(1);

	private final RacedTask one = task();

	private final RacedTask other = task();

	@Actor
	public void oneCaller(IIII_Result result) {
		result.r1 = this.one.admit();
	}

	@Actor
	public void otherCaller(IIII_Result result) {
		result.r2 = this.other.admit();
	}

	@Arbiter
	public void after(IIII_Result result) {
		result.r3 = this.registry.size();
		result.r4 = this.registry.all().size();
	}

	private RacedTask task() {
		return new RacedTask(this.registry, Holder.WAITING_CALLER, null, TaskListeners.NONE);
	}

}
