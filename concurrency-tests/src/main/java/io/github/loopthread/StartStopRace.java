package io.github.loopthread;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.micrometer.context.ContextSnapshotFactory;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/**
 * Start and stop: a call that would start the loop on demand comes as the loop is
 * stopped. It is the real lifecycle, whose lock decides; what it would start fails at
 * once, for want of what captures the context: a whole loop would be too slow for many
 * samples. {@link LifecycleModel} starts and stops whole ones. The results: whether the
 * call was refused (1) or has tried to start the loop (2), how many have tried when the
 * stop returns and how many in the end, and whether the loop is stopped.
 */
@JCStressTest
@Outcome(id = "2, 1, 1, 1", expect = Expect.ACCEPTABLE, desc = "The call came first")
@Outcome(id = "1, 0, 0, 1", expect = Expect.ACCEPTABLE, desc = "The stop came first, and nothing starts after it")
@Outcome(expect = Expect.FORBIDDEN, desc = "A stopped loop is started by a call, or a refused call starts one")
@State
public class StartStopRace {

	private static final LoopThread OWNER = new LoopThread(LoopSettings.defaults(), List.of());

	private static final LoopEvents EVENTS = new LoopEvents();

	private static final Deadline NONE = Deadline.after(null);

	private final IllegalStateException noContext = new IllegalStateException("no context to be had");

	private final AtomicInteger starts = new AtomicInteger();

	@SuppressWarnings("this-escape")
	private final LoopLifecycle lifecycle = new LoopLifecycle(OWNER, OWNER.getSettings(), List.of(), this::snapshots,
			EVENTS);

	@Actor
	public void caller(IIII_Result result) {
		try {
			this.lifecycle.running("raced", NONE);
		}
		catch (LoopNotRunningException ex) {
			result.r1 = this.noContext.equals(ex.getCause()) ? 2 : 1;
		}
	}

	@Actor
	public void stopper(IIII_Result result) {
		this.lifecycle.stop();
		result.r2 = this.starts.get();
	}

	@Arbiter
	public void after(IIII_Result result) {
		result.r3 = this.starts.get();
		result.r4 = (this.lifecycle.state() == LoopThread.State.STOPPED) ? 1 : 0;
	}

	private ContextSnapshotFactory snapshots() {
		this.starts.incrementAndGet();
		throw this.noContext;
	}

}
