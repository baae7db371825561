package io.github.loopthread;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.core.task.TaskRejectedException;
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

	private final DroppedResults dropped;

	/**
	 * Create a door.
	 * @param limit how many tasks may be behind it at once, for messages
	 * @param listeners who is told of each task before it moves to the loop
	 * @param events who is told what becomes of each task
	 * @param dropped where results go for which nobody waits any more
	 */
	TaskDoor(LoopLifecycle lifecycle, int limit, List<HandOverListener> listeners, LoopEvents events,
			DroppedResults dropped) {
		this.lifecycle = lifecycle;
		this.limit = limit;
		this.listeners = listeners;
		this.events = events;
		this.dropped = dropped;
	}

	/**
	 * Accept a task for which its caller is going to wait.
	 */
	<T> LoopTask<T> acceptAwaited(Mono<T> task, TaskOptions options) {
		Assert.notNull(task, "'task' must not be null");
		return accept((generation) -> task, origin(options, Holder.WAITING_CALLER, null), null, null);
	}

	/**
	 * Accept a task whose future its caller is going to have.
	 */
	<T> LoopTask<T> accept(Mono<T> task, TaskOptions options) {
		Assert.notNull(task, "'task' must not be null");
		return accept((generation) -> task, origin(options, Holder.ANYBODY, OpeningPlace.here()), null, null);
	}

	/**
	 * Accept a stream. The time that each element may take is for its reader to mind; it
	 * bounds the time that a start on demand takes.
	 */
	LoopTask<Void> acceptStream(Mono<Void> stream, TaskOptions options, OpeningPlace place) {
		return accept((generation) -> stream, origin(options.withoutTimeout(), Holder.LOOP, place), null, null,
				options.deadline());
	}

	/**
	 * Accept a task that acquires an object.
	 */
	<T> LoopTask<LoopLease<T>> accept(LeaseRequest<T> request) {
		return accept((generation) -> request.acquire(generation.leases()),
				origin(request.options(), Holder.WAITING_CALLER, null), null, LoopLease::takeBack);
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
		return accept((generation) -> fork, origin(name, deadline, Holder.LOOP, scope.place()), scope, null);
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
		return new TaskOrigin(name, deadline, this.events.caller(place), holder, this.events.listenersOf(name));
	}

	private <T> LoopTask<T> accept(Function<LoopGeneration, Mono<T>> source, TaskOrigin origin,
			@Nullable LoopScope scope, @Nullable Consumer<? super T> onLate) {
		// The time that a start on demand takes counts
		return accept(source, origin, scope, onLate, origin.deadline());
	}

	private <T> LoopTask<T> accept(Function<LoopGeneration, Mono<T>> source, TaskOrigin origin,
			@Nullable LoopScope scope, @Nullable Consumer<? super T> onLate, Deadline start) {
		try {
			LoopGeneration current = this.lifecycle.running(origin.name(), start);
			LoopTask<T> task = new LoopTask<>(source.apply(current), origin, current.eventLoop(), current.tasks(),
					this.dropped, onLate);
			switch (current.tasks().admit(task, scope)) {
				case CLOSED -> throw this.lifecycle.notRunning(origin.name());
				case FULL -> throw new LoopOverloadedException(origin.name(), this.limit);
				case ADMITTED -> task.start(current.snapshots(), this.listeners);
			}
			return task;
		}
		catch (TaskRejectedException ex) {
			origin.rejected(ex);
			throw ex;
		}
		catch (Throwable ex) {
			origin.ended(ex);
			throw ex;
		}
		finally {
			origin.handedOver();
		}
	}

}
