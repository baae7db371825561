package io.github.loopthread;

import io.netty.util.concurrent.ImmediateEventExecutor;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

import io.github.loopthread.TaskOrigin.Holder;

/**
 * Death and submit: the loop's thread dies as a caller brings a task. What a loop does in
 * such a case, with the real gate and list and the real task, but without a thread that
 * could die: a whole loop would be too slow for many samples. The results: whether the
 * task was admitted (1) or refused (2), what it has ended with, how many permits are out,
 * how often it was subscribed to.
 */
@JCStressTest
@Outcome(id = "1, 5, 0, 0", expect = Expect.ACCEPTABLE, desc = "Admitted, and its caller is told the cause")
@Outcome(id = "2, 0, 0, 0", expect = Expect.ACCEPTABLE, desc = "Refused")
@Outcome(id = "2, 5, 0, 0", expect = Expect.ACCEPTABLE, desc = "Refused at the second look; in the list meanwhile")
@Outcome(expect = Expect.FORBIDDEN, desc = "Admitted and never ended: its caller waits for nothing")
@State
public class DeathSubmitRace {

	private final Error death = new Error("the loop has died");

	private static final FutureCompletions COMPLETIONS = new FutureCompletions(Thread::new);

	private final RacedTask raced = new RacedTask(RacedTask.registry(2), Holder.WAITING_CALLER, null,
			TaskListeners.NONE);

	private final AcceptedWork work = new AcceptedWork("raced", LoopSettings.defaults(),
			ImmediateEventExecutor.INSTANCE, this.raced.registry(), COMPLETIONS);

	@Actor
	public void caller(IIII_Result result) {
		result.r1 = this.raced.admit();
		if (result.r1 == 1) {
			this.raced.start();
		}
	}

	@Actor
	public void loopThread() {
		this.work.close();
		this.work.abandon(this.death);
		this.raced.loop().end();
		this.raced.registry().forEach(this.raced.registry()::release);
	}

	@Arbiter
	public void after(IIII_Result result) {
		Throwable failure = this.raced.task().failure();
		result.r2 = (failure == null || this.death.equals(failure.getCause())) ? Ends.of(this.raced.task())
				: Ends.ANOTHER;
		result.r3 = this.raced.registry().size();
		result.r4 = this.raced.source().subscribed();
	}

}
