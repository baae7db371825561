package io.github.loopthread;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import io.github.loopthread.TaskOrigin.Holder;
import io.github.loopthread.TaskRegistry.Admission;

/**
 * A task as the door accepts and starts it, in a registry of its own, on a loop that its
 * test drives.
 */
final class RacedTask {

	static final Duration PASSED = Duration.ofNanos(1);

	// Counts what no test looks at, and costs much to make
	private static final DroppedResults DROPPED = new DroppedResults();

	private final HandDrivenLoop loop = new HandDrivenLoop();

	private final TaskRegistry registry;

	private final RacedSource source = new RacedSource();

	private final AtomicInteger discarded = new AtomicInteger();

	private final LoopTask<Object> task;

	/**
	 * Create a task that has not been admitted.
	 * @param timeout its timeout, {@code null} for none
	 */
	RacedTask(TaskRegistry registry, Holder holder, @Nullable Duration timeout, TaskListeners listeners) {
		this.registry = registry;
		this.task = task(this.source, new TaskOrigin("raced", Deadline.after(timeout), holder, listeners, null, null));
	}

	/**
	 * Return a task that the loop has not come to yet.
	 */
	static RacedTask queued(Holder holder, @Nullable Duration timeout) {
		return queued(holder, timeout, TaskListeners.NONE);
	}

	/**
	 * Return a task whose source has been subscribed to and has not ended.
	 */
	static RacedTask running(Holder holder, @Nullable Duration timeout) {
		return running(holder, timeout, TaskListeners.NONE);
	}

	static RacedTask running(Holder holder, @Nullable Duration timeout, TaskListeners listeners) {
		RacedTask raced = queued(holder, timeout, listeners);
		raced.loop.run();
		return raced;
	}

	/**
	 * Return a registry for some tasks.
	 */
	static TaskRegistry registry(int limit) {
		return new TaskRegistry(limit, () -> null);
	}

	private static RacedTask queued(Holder holder, @Nullable Duration timeout, TaskListeners listeners) {
		RacedTask raced = new RacedTask(registry(1), holder, timeout, listeners);
		raced.admit();
		raced.start();
		return raced;
	}

	/**
	 * Have the registry take the task in.
	 * @return 1 when it has, 2 when the gate was closed, 3 when there were too many
	 */
	int admit() {
		Admission admission = this.registry.admit(this.task, null);
		return switch (admission) {
			case ADMITTED -> 1;
			case CLOSED -> 2;
			case FULL -> 3;
		};
	}

	/**
	 * Return another task, whose late values are counted too.
	 */
	<T> LoopTask<T> task(Mono<T> source, TaskOrigin origin) {
		return new LoopTask<>(source, origin, new TaskHome(this.loop, this.registry, DROPPED),
				(value) -> this.discarded.incrementAndGet());
	}

	void start() {
		this.task.start();
	}

	LoopTask<Object> task() {
		return this.task;
	}

	HandDrivenLoop loop() {
		return this.loop;
	}

	RacedSource source() {
		return this.source;
	}

	TaskRegistry registry() {
		return this.registry;
	}

	/**
	 * Return how many values were discarded because they came too late.
	 */
	int discarded() {
		return this.discarded.get();
	}

}
