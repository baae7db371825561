package io.github.loopthread;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.util.Assert;

/**
 * The door through which everything goes that callers bring to the loop: it is accepted
 * and started, or the reason why not is thrown before anything is subscribed.
 */
final class TaskDoor implements ForkHost {

	private final LoopLifecycle lifecycle;

	private final int limit;

	private final List<HandOverListener> listeners;

	private final DroppedResults dropped;

	/**
	 * Create a door.
	 * @param limit how many tasks may be behind it at once, for messages
	 * @param listeners who is told of each task before it moves to the loop
	 * @param dropped where results go for which nobody waits any more
	 */
	TaskDoor(LoopLifecycle lifecycle, int limit, List<HandOverListener> listeners, DroppedResults dropped) {
		this.lifecycle = lifecycle;
		this.limit = limit;
		this.listeners = listeners;
		this.dropped = dropped;
	}

	/**
	 * Accept a task.
	 */
	<T> LoopTask<T> accept(Mono<T> task, TaskOptions options) {
		Assert.notNull(task, "'task' must not be null");
		return accept((generation) -> task, options.name(), options.deadline(), null, null);
	}

	/**
	 * Accept a stream. The time that each element may take is for its reader to mind; it
	 * bounds the time that a start on demand takes.
	 */
	LoopTask<Void> acceptStream(Mono<Void> stream, TaskOptions options) {
		this.lifecycle.running(options.name(), options.deadline());
		return accept(stream, options.withoutTimeout());
	}

	/**
	 * Accept a task that acquires an object.
	 */
	<T> LoopTask<LoopLease<T>> accept(LeaseRequest<T> request) {
		TaskOptions options = request.options();
		return accept((generation) -> request.acquire(generation.leases()), options.name(), options.deadline(), null,
				LoopLease::takeBack);
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
		return accept((generation) -> fork, name, deadline, scope, null);
	}

	@Override
	public void closed(LoopScope scope) {
		LoopGeneration current = this.lifecycle.current();
		if (current != null) {
			current.tasks().remove(scope);
		}
	}

	private <T> LoopTask<T> accept(Function<LoopGeneration, Mono<T>> source, String name, Deadline deadline,
			@Nullable LoopScope scope, @Nullable Consumer<? super T> onLate) {
		// The time that a start on demand takes counts
		LoopGeneration current = this.lifecycle.running(name, deadline);
		LoopTask<T> task = new LoopTask<>(source.apply(current), name, deadline, current.eventLoop(), current.tasks(),
				this.dropped, onLate);
		switch (current.tasks().admit(task, scope)) {
			case CLOSED -> throw this.lifecycle.notRunning(name);
			case FULL -> throw new LoopOverloadedException(name, this.limit);
			case ADMITTED -> task.start(current.snapshots(), this.listeners);
		}
		return task;
	}

}
