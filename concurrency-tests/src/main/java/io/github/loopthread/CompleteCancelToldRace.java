package io.github.loopthread;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

import io.github.loopthread.TaskOrigin.Holder;

/**
 * Complete and cancel, while somebody listens to the task. The results: what it has ended
 * with, what the listener was told, how often, and how many values were discarded.
 */
@JCStressTest
@Outcome(id = "1, 1, 1, 0", expect = Expect.ACCEPTABLE, desc = "The value, and the listener was told so")
@Outcome(id = "3, 3, 1, 1", expect = Expect.ACCEPTABLE, desc = "Cancelled, and the listener was told so")
@Outcome(expect = Expect.FORBIDDEN, desc = "The listener was told something else, twice or never")
@State
public class CompleteCancelToldRace implements LoopTaskListener {

	// Nobody tells it anything before the race
	@SuppressWarnings("this-escape")
	private final RacedTask raced = RacedTask.running(Holder.ANYBODY, null, new TaskListeners(List.of(this)));

	private final AtomicInteger times = new AtomicInteger();

	private volatile int told;

	@Override
	public void ended(LoopTaskListener.Outcome outcome, @Nullable Throwable failure) {
		this.told = (outcome == LoopTaskListener.Outcome.SUCCESS) ? Ends.VALUE : Ends.of(failure);
		this.times.incrementAndGet();
	}

	@Actor
	public void loop() {
		this.raced.source().emit(this);
		this.raced.loop().run();
	}

	@Actor
	public void canceller() {
		this.raced.task().cancel(true);
	}

	@Arbiter
	public void after(IIII_Result result) {
		this.raced.loop().run();
		result.r1 = Ends.of(this.raced.task());
		result.r2 = this.told;
		result.r3 = this.times.get();
		result.r4 = this.raced.discarded();
	}

}
