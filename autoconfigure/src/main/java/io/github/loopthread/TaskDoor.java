package io.github.loopthread;

import java.util.List;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.util.Assert;

import io.github.loopthread.TaskOrigin.Holder;

/**
 * The door through which everything goes that callers bring to the loop: it is accepted
 * and started, or the reason why not is thrown before anything is subscribed.
 */
final class TaskDoor implements ForkHost {

	private final LoopLifecycle lifecycle;

	private final int limit;

	private final List<HandOverListener> listeners;

	private final LoopEvents events;

	/**
	 * Create a door.
	 * @param limit how many tasks may be behind it at once, for messages
	 * @param listeners who is told of each task before it moves to the loop
	 * @param events who is told what becomes of each task
	 */
	TaskDoor(LoopLifecycle lifecycle, int limit, List<HandOverListener> listeners, LoopEvents events) {
		this.lifecycle = lifecycle;
		this.limit = limit;
		this.listeners = listeners;
		this.events = events;
	}

	/**
	 * Accept a task for which its caller is going to wait.
	 */
	<T> LoopTask<T> acceptAwaited(Mono<T> task, TaskOptions options) {
		Assert.notNull(task, "'task' must not be null");
		return accept(task, origin(options, Holder.WAITING_CALLER, null));
	}

	/**
	 * Accept a task whose future its caller is going to have.
	 */
	<T> LoopTask<T> accept(Mono<T> task, TaskOptions options) {
		Assert.notNull(task, "'task' must not be null");
		return accept(task, origin(options, Holder.ANYBODY, OpeningPlace.here()));
	}

	/**
	 * Accept a stream. The time that each element may take is for its reader to mind; it
	 * bounds the time that a start on demand takes.
	 */
	LoopTask<Void> acceptStream(Mono<Void> stream, TaskOptions options, OpeningPlace place) {
		return accept(stream, origin(options.withoutTimeout(), Holder.LOOP, place), null, options.deadline());
	}

	/**
	 * Accept a task that acquires an object.
	 */
	<T> LoopTask<LoopLease<T>> accept(LeaseRequest<T> request) {
		TaskOrigin origin = origin(request.options(), Holder.WAITING_CALLER, null);
		return accept(origin, origin.deadline(), null, (current) -> new LoopTask<>(request.acquire(current.leases()),
				origin, current.home(), LoopLease::takeBack));
	}

	/**
	 * Accept a scope, whose forks are accepted as long as it is open.
	 */
	LoopScope open(TaskOptions options) {
		LoopScope scope = new LoopScope(this, options);
		if (!this.lifecycle.running(options.name(), options.deadline()).tasks().add(scope)) {
			throw this.lifecycle.notRunning(options.name());
		}
		return scope.enter();
	}

	@Override
	public <T> LoopTask<T> accept(Mono<T> fork, String name, Deadline deadline, LoopScope scope) {
		return accept(fork, origin(name, deadline, Holder.LOOP, scope.place()), scope, deadline);
	}

	@Override
	public <T> LoopTask<T> notStarted(String name, Deadline deadline, LoopScope scope, Throwable reason) {
		TaskOrigin origin = origin(name, deadline, Holder.LOOP, scope.place());
		try {
			return LoopTask.notStarted(origin, reason);
		}
		finally {
			origin.listeners().handedOver();
		}
	}

	@Override
	public void closed(LoopScope scope) {
		LoopGeneration current = this.lifecycle.current();
		if (current != null) {
			current.tasks().remove(scope);
		}
	}

	private TaskOrigin origin(TaskOptions options, Holder holder, @Nullable OpeningPlace place) {
		return origin(options.name(), options.deadline(), holder, place);
	}

	private TaskOrigin origin(String name, Deadline deadline, Holder holder, @Nullable OpeningPlace place) {
		return new TaskOrigin(name, deadline, holder, this.events.listenersOf(name), this.events.callerWork(), place);
	}

	private <T> LoopTask<T> accept(Mono<T> source, TaskOrigin origin) {
		// The time that a start on demand takes counts
		return accept(source, origin, null, origin.deadline());
	}

	private <T> LoopTask<T> accept(Mono<T> source, TaskOrigin origin, @Nullable LoopScope scope, Deadline start) {
		return accept(origin, start, scope, (current) -> new LoopTask<>(source, origin, current.home(), null));
	}

	/**
	 * Accept a task.
	 * @param start by when a loop that starts on demand must run
	 * @param task makes the task for the generation that runs
	 */
	private <T> LoopTask<T> accept(TaskOrigin origin, Deadline start, @Nullable LoopScope scope,
			Function<LoopGeneration, LoopTask<T>> task) {
		try {
			LoopGeneration current = this.lifecycle.running(origin.name(), start);
			return start(task.apply(current), current, scope);
		}
		catch (Throwable ex) {
			origin.listeners().refused(ex, origin.deadline());
			throw ex;
		}
		finally {
			origin.listeners().handedOver();
		}
	}

	private <T> LoopTask<T> start(LoopTask<T> task, LoopGeneration current, @Nullable LoopScope scope) {
		switch (current.tasks().admit(task, scope)) {
			case CLOSED -> refuse(task);
			case FULL -> throw new LoopOverloadedException(task.name(), this.limit);
			case ADMITTED -> task.start(current.snapshots(), this.listeners);
		}
		return task;
	}

	/**
	 * Refuse a task that has met a closed gate. It may have been on the list for a
	 * moment: if whoever stops the loop has ended it there, and said so, its caller is to
	 * hear the same.
	 */
	private void refuse(LoopTask<?> task) {
		LoopNotRunningException refusal = this.lifecycle.notRunning(task.name());
		if (task.origin().listeners().refused(refusal, task.deadline())) {
			throw refusal;
		}
	}

}
