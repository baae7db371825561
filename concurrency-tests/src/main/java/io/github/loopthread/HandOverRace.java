package io.github.loopthread;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import io.github.loopthread.TaskOrigin.Holder;

/**
 * Publication to the loop: it starts a task with what its caller has written just before.
 * The results: 42 when the loop finds what the caller wrote, or -1 if it has not come to
 * the task; and whether it finds what the task itself takes along, and what Reactor's
 * hooks have made of it on the caller's thread.
 */
@JCStressTest
@Outcome(id = "-1, 0", expect = Expect.ACCEPTABLE, desc = "Not handed over yet")
@Outcome(id = "42, 1", expect = Expect.ACCEPTABLE, desc = "All that its caller wrote")
@Outcome(expect = Expect.FORBIDDEN, desc = "A task that runs with less than its caller gave it")
@State
public class HandOverRace extends Mono<Object> {

	static {
		Hooks.onLastOperator("raced", Operators.lift((source, subscriber) -> new Hooked(subscriber)));
	}

	private final HandDrivenLoop loop = new HandDrivenLoop();

	@SuppressWarnings("this-escape")
	private final LoopTask<Object> task = new LoopTask<>(this,
			new TaskOrigin("raced", Deadline.after(null), Holder.WAITING_CALLER, TaskListeners.NONE, null, null),
			TaskHome.unlisted(this.loop), null);

	// Written by the caller and read by the loop, with nothing but the hand-over between
	private int given;

	// These two are written and read by the loop

	private int found = -1;

	private boolean complete;

	@Override
	public void subscribe(CoreSubscriber<? super Object> subscriber) {
		this.found = this.given;
		this.complete = subscriber instanceof Hooked && subscriber.currentContext().hasKey(LoopBoundary.class);
	}

	@Actor
	public void caller() {
		this.given = 42;
		this.task.start();
	}

	@Actor
	public void loop(II_Result result) {
		this.loop.run();
		result.r1 = this.found;
		result.r2 = this.complete ? 1 : 0;
	}

	private record Hooked(CoreSubscriber<? super Object> task) implements CoreSubscriber<Object> {

		@Override
		public Context currentContext() {
			return this.task.currentContext();
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			this.task.onSubscribe(subscription);
		}

		@Override
		public void onNext(Object value) {
			this.task.onNext(value);
		}

		@Override
		public void onError(Throwable ex) {
			this.task.onError(ex);
		}

		@Override
		public void onComplete() {
			this.task.onComplete();
		}

	}

}
