package io.github.loopthread;

import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;
import reactor.core.publisher.Mono;

import io.github.loopthread.TaskOrigin.Holder;

/**
 * Fork and cancel: a caller forks and leaves its scope as the loop comes to the fork and
 * the fork's source ends. The results: what the fork has ended with, how often it was
 * subscribed to, how many values were discarded, how many tasks and scopes are left, and
 * forks when the scope was closed.
 */
@JCStressTest
@Outcome(id = "1, 1, 0, 0", expect = Expect.ACCEPTABLE, desc = "It was faster than the end of the scope")
@Outcome(id = "3, 0, 0, 0", expect = Expect.ACCEPTABLE, desc = "Cancelled before it started: it never does")
@Outcome(id = "3, 1, 1, 0", expect = Expect.ACCEPTABLE, desc = "Cancelled when it ran, and the value is discarded")
@Outcome(expect = Expect.FORBIDDEN, desc = "A fork outlives its scope, or a value or permit is lost")
@State
public class ForkCancelRace implements ForkHost {

	private static final TaskOptions OPTIONS = new TaskOptions("raced", null);

	// Enough for the other thread to begin, as a rule; the loop must not wait for it
	private static final int SPINS = 500;

	private final RacedTask raced = new RacedTask(RacedTask.registry(2), Holder.LOOP, null, TaskListeners.NONE);

	// Written by the owner of the scope, read when all is over
	private @Nullable Fork<Object> fork;

	// Likewise
	private int outlived;

	@Actor
	public void owner() {
		try (LoopScope scope = new LoopScope(this, OPTIONS)) {
			this.raced.registry().add(scope);
			scope.enter();
			this.fork = scope.fork(this.raced.source());
		}
		this.outlived = this.fork.isDone() ? 0 : 1;
	}

	@Actor
	public void loop() {
		for (int i = 0; i < SPINS && this.raced.loop().isIdle(); i++) {
			Thread.onSpinWait();
		}
		this.raced.loop().run();
		this.raced.source().emit(this);
		this.raced.loop().run();
	}

	@Arbiter
	public void after(IIII_Result result) {
		this.raced.loop().run();
		// One that was subscribed to at the last moment
		this.raced.source().emit(this);
		Fork<Object> fork = this.fork;
		result.r1 = (fork != null) ? Ends.of(fork.task()) : Ends.NONE;
		result.r2 = this.raced.source().subscribed();
		result.r3 = this.raced.discarded();
		result.r4 = this.raced.registry().size() + this.raced.registry().openScopes() + this.outlived;
	}

	@Override
	public <T> LoopTask<T> accept(Mono<T> task, String name, Deadline deadline, LoopScope scope) {
		LoopTask<T> fork = this.raced.task(task,
				new TaskOrigin(name, deadline, Holder.LOOP, TaskListeners.NONE, null, null));
		this.raced.registry().admit(fork, scope);
		fork.start();
		return fork;
	}

	@Override
	public <T> LoopTask<T> notStarted(String name, Deadline deadline, LoopScope scope, Throwable reason) {
		return LoopTask.notStarted(TaskOrigin.internal(name, deadline), reason);
	}

	@Override
	public void closed(LoopScope scope) {
		this.raced.registry().remove(scope);
	}

}
