package io.github.loopthread;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * The tasks that were accepted and have not ended: gate, limit and list in one.
 * <p>
 * <b>Limit.</b> Never more than the limit at once; a refused task leaves no trace.
 * <p>
 * <b>Gate.</b> A task that races with {@code close} is refused, or is in the list when
 * {@code close} returns. Never neither.
 */
final class TaskRegistry {

	private final Semaphore permits;

	private final Set<LoopTask<?>> tasks = ConcurrentHashMap.newKeySet();

	private final CompletableFuture<Void> drained = new CompletableFuture<>();

	// Written by whoever stops the loop, read by every caller
	private volatile boolean closed;

	private final Supplier<@Nullable String> blockage;

	/**
	 * Create a registry.
	 * @param limit how many tasks at once
	 * @param blockage says in which frame the loop is blocked, if it is
	 */
	TaskRegistry(int limit, Supplier<@Nullable String> blockage) {
		this.permits = new Semaphore(limit);
		this.blockage = blockage;
	}

	Admission admit(LoopTask<?> task) {
		if (this.closed) {
			return Admission.CLOSED;
		}
		if (!this.permits.tryAcquire()) {
			return Admission.FULL;
		}
		this.tasks.add(task);
		// Once more: the gate may have closed before the task could be seen in the list
		if (this.closed) {
			release(task);
			return Admission.CLOSED;
		}
		return Admission.ADMITTED;
	}

	/**
	 * Take a task that has ended off the list. Only the first call for a task counts.
	 */
	void release(LoopTask<?> task) {
		if (this.tasks.remove(task)) {
			this.permits.release();
			completeIfDrained();
		}
	}

	void close() {
		this.closed = true;
		completeIfDrained();
	}

	/**
	 * Return what completes when the gate is closed and every task has ended.
	 */
	CompletableFuture<Void> drained() {
		return this.drained;
	}

	/**
	 * Return the frame in which the loop is blocked, or {@code null} if it answers.
	 */
	@Nullable String blockage() {
		return this.blockage.get();
	}

	int size() {
		return this.tasks.size();
	}

	void forEach(Consumer<? super LoopTask<?>> action) {
		this.tasks.forEach(action);
	}

	private void completeIfDrained() {
		if (this.closed && this.tasks.isEmpty()) {
			this.drained.complete(null);
		}
	}

	enum Admission {

		ADMITTED, CLOSED, FULL

	}

}
