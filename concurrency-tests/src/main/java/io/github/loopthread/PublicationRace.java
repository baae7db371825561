package io.github.loopthread;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

import io.github.loopthread.TaskOrigin.Holder;

/**
 * Publication to the caller: it takes a result that the loop has just made, which nobody
 * has taken care to publish. The result: what it finds in there, or -1 if there is none
 * yet.
 */
@JCStressTest
@Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "Nothing yet")
@Outcome(id = "42", expect = Expect.ACCEPTABLE, desc = "All of it")
@Outcome(expect = Expect.FORBIDDEN, desc = "An object that is not finished, or done without a result")
@State
public class PublicationRace {

	private final RacedTask raced = RacedTask.running(Holder.ANYBODY, null);

	@Actor
	public void loop() {
		Made made = new Made();
		made.value = 42;
		this.raced.source().emit(made);
	}

	@Actor
	public void caller(I_Result result) {
		if (!this.raced.task().isDone()) {
			result.r1 = -1;
		}
		else if (this.raced.task().getNow(null) instanceof Made made) {
			result.r1 = made.value;
		}
	}

	private static final class Made {

		private int value;

	}

}
