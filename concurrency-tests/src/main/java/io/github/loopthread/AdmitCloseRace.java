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
 * Admit and close: a caller brings a task as the gate closes. The results: whether it was
 * admitted (1) or refused (2), whether whoever has closed the gate sees it in the list,
 * how many permits are out, whether the registry is drained.
 */
@JCStressTest
@Outcome(id = "1, 1, 1, 0", expect = Expect.ACCEPTABLE, desc = "Admitted, and whoever stops knows of it")
@Outcome(id = "2, 0, 0, 1", expect = Expect.ACCEPTABLE, desc = "Refused")
@Outcome(id = "2, 1, 0, 1", expect = Expect.ACCEPTABLE, desc = "Refused at the second look; in the list meanwhile")
@Outcome(expect = Expect.FORBIDDEN, desc = "Admitted and in no list, or refused with a trace left")
@State
public class AdmitCloseRace {

	private final RacedTask raced = new RacedTask(RacedTask.registry(2), Holder.WAITING_CALLER, null,
			TaskListeners.NONE);

	@Actor
	public void caller(IIII_Result result) {
		result.r1 = this.raced.admit();
	}

	@Actor
	public void stopper(IIII_Result result) {
		this.raced.registry().close();
		result.r2 = this.raced.registry().all().contains(this.raced.task()) ? 1 : 0;
	}

	@Arbiter
	public void after(IIII_Result result) {
		result.r3 = this.raced.registry().size();
		result.r4 = this.raced.registry().drained().isDone() ? 1 : 0;
	}

}
