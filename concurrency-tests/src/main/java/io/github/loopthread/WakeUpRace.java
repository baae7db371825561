package io.github.loopthread;

import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * End and wait: what somebody waits for comes as that one lies down. The result: 1 when
 * it was woken, 0 when it had to look again by itself.
 */
@JCStressTest
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "It saw for itself, or was woken")
@Outcome(expect = Expect.FORBIDDEN, desc = "The wake-up was lost")
@State
public class WakeUpRace {

	// Longer than a machine can be busy with something else
	private static final long LONG = TimeUnit.SECONDS.toNanos(5);

	private final Waiter waiter = new Waiter();

	private volatile boolean arrived;

	@Actor
	public void loop() {
		this.arrived = true;
		this.waiter.wake();
	}

	@Actor
	public void owner(I_Result result) {
		long start = System.nanoTime();
		while (!this.arrived) {
			this.waiter.await(() -> !this.arrived, LONG);
		}
		result.r1 = (System.nanoTime() - start < LONG) ? 1 : 0;
	}

}
