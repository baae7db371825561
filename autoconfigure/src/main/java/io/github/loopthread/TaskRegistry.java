package io.github.loopthread;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * The tasks that were accepted and have not ended, and the scopes that may bring more:
 * gate, limit and list in one.
 * <p>
 * <b>Limit.</b> Never more than the limit at once; a refused task leaves no trace.
 * <p>
 * <b>Gate.</b> A task that races with {@code close} is refused, or is in the list when
 * {@code close} returns. Never neither.
 */
final class TaskRegistry {

	private final int limit;

	private final Semaphore permits;

	private final Set<LoopTask<?>> tasks = ConcurrentHashMap.newKeySet();

	private final CompletableFuture<Void> drained = new CompletableFuture<>();

	private final Set<LoopScope> scopes = ConcurrentHashMap.newKeySet();

	// Written by whoever stops the loop, read by every caller
	private final AtomicReference<Gate> gate = new AtomicReference<>(Gate.OPEN);

	private final Supplier<@Nullable String> blockage;

	/**
	 * Create a registry.
	 * @param limit how many tasks at once
	 * @param blockage says in which frame the loop is blocked, if it is
	 */
	TaskRegistry(int limit, Supplier<@Nullable String> blockage) {
		this.limit = limit;
		this.permits = new Semaphore(limit);
		this.blockage = blockage;
	}

	/**
	 * Take a task in.
	 * @param scope the scope whose fork it is, {@code null} if it is none
	 */
	Admission admit(LoopTask<?> task, @Nullable LoopScope scope) {
		if (!isOpenFor(scope)) {
			return Admission.CLOSED;
		}
		if (!this.permits.tryAcquire()) {
			return Admission.FULL;
		}
		this.tasks.add(task);
		// Once more: the gate may have closed before the task could be seen in the list
		if (!isOpenFor(scope)) {
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

	/**
	 * Take a scope in, whose forks are admitted until it is closed, or the gate to them.
	 * @return whether the gate is open
	 */
	boolean add(LoopScope scope) {
		this.scopes.add(scope);
		if (this.gate.get() != Gate.OPEN) {
			remove(scope);
			return false;
		}
		return true;
	}

	void remove(LoopScope scope) {
		if (this.scopes.remove(scope)) {
			completeIfDrained();
		}
	}

	/**
	 * Close the gate to all but the forks of open scopes.
	 */
	void close() {
		this.gate.compareAndSet(Gate.OPEN, Gate.OPEN_FOR_FORKS);
		completeIfDrained();
	}

	/**
	 * Close the gate to forks as well.
	 */
	void closeToForks() {
		this.gate.set(Gate.CLOSED);
		completeIfDrained();
	}

	/**
	 * Return what completes when the gate is closed, every scope too, and every task has
	 * ended.
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

	/**
	 * Return the tasks that are on the list at the moment.
	 */
	Set<LoopTask<?>> all() {
		return new HashSet<>(this.tasks);
	}

	/**
	 * Say of each task what it is doing, those that came first before the others.
	 */
	List<LoopTaskInfo> describe() {
		Set<LoopTask<?>> joined = this.scopes.stream()
			.filter(LoopScope::isWaitedFor)
			.flatMap(LoopScope::runningTasks)
			.collect(Collectors.toSet());
		return this.tasks.stream()
			.sorted(TaskRegistry::compareByAge)
			.map((task) -> task.info(joined.contains(task)))
			.toList();
	}

	/**
	 * Return how many tasks there are. When it is less than the limit, one more is let
	 * in.
	 */
	int size() {
		return this.limit - this.permits.availablePermits();
	}

	void forEach(Consumer<? super LoopTask<?>> action) {
		this.tasks.forEach(action);
	}

	/**
	 * Return how many threads wait for a task or for the forks of a scope.
	 */
	int waitingCallers() {
		long forTasks = this.tasks.stream().filter(LoopTask::isWaitedFor).count();
		long forScopes = this.scopes.stream().filter(LoopScope::isWaitedFor).count();
		return Math.toIntExact(forTasks + forScopes);
	}

	int openScopes() {
		return this.scopes.size();
	}

	Stream<String> scopeNames() {
		return this.scopes.stream().map(LoopScope::name);
	}

	void forEachScope(Consumer<? super LoopScope> action) {
		this.scopes.forEach(action);
	}

	private static int compareByAge(LoopTask<?> task, LoopTask<?> other) {
		TaskOrigin origin = task.origin();
		TaskOrigin another = other.origin();
		return origin.isBefore(another) ? -1 : another.isBefore(origin) ? 1 : 0;
	}

	private boolean isOpenFor(@Nullable LoopScope scope) {
		return switch (this.gate.get()) {
			case OPEN -> true;
			case OPEN_FOR_FORKS -> scope != null && this.scopes.contains(scope);
			case CLOSED -> false;
		};
	}

	private void completeIfDrained() {
		// Scopes first: none of them can fork any more when there is none left
		if (this.gate.get() != Gate.OPEN && this.scopes.isEmpty() && this.tasks.isEmpty()) {
			this.drained.complete(null);
		}
	}

	private enum Gate {

		OPEN, OPEN_FOR_FORKS, CLOSED

	}

	enum Admission {

		ADMITTED, CLOSED, FULL

	}

}
