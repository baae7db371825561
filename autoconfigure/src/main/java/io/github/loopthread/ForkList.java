package io.github.loopthread;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * The forks of a scope, and which of them have ended, in the order of their ends. Its
 * owner waits for the next end; whoever reports may look.
 */
final class ForkList {

	private static final int MAX_REPORTED = 50;

	private final LoopScope scope;

	private final Deadline deadline;

	// Written by the owner, read by whoever reports
	private final Queue<Fork<?>> forks = new ConcurrentLinkedQueue<>();

	// Written by whoever ends a fork, read by the owner
	private final Queue<Fork<?>> ended = new ConcurrentLinkedQueue<>();

	private final Waiter waiter = new Waiter();

	// These two are the owner's: those that it has taken out of the queue, and how many
	// there are to come

	private final Set<Fork<?>> joined = new LinkedHashSet<>();

	private int size;

	/**
	 * Create an empty list.
	 * @param scope whose forks they are, for messages
	 */
	ForkList(LoopScope scope, Deadline deadline) {
		this.scope = scope;
		this.deadline = deadline;
	}

	void add(Fork<?> fork) {
		this.forks.add(fork);
		this.size++;
		fork.whenEnded(() -> {
			this.ended.add(fork);
			this.waiter.wake();
		});
	}

	boolean isEmpty() {
		return this.forks.isEmpty();
	}

	boolean areRunning() {
		return !this.forks.stream().allMatch(Fork::isDone);
	}

	boolean areWaitedFor() {
		return this.waiter.isWaiting();
	}

	Stream<LoopTask<?>> runningTasks() {
		return this.forks.stream().filter((fork) -> !fork.isDone()).map(Fork::task);
	}

	List<Fork<?>> inOrderOfBegin() {
		return List.copyOf(this.forks);
	}

	/**
	 * Return the forks that the owner has waited for.
	 */
	List<Fork<?>> inOrderOfEnd() {
		return List.copyOf(this.joined);
	}

	/**
	 * Wait for the first of the forks to end in a certain way.
	 * @return that fork, {@code null} when all have ended in others
	 */
	@Nullable Fork<?> awaitFirst(Predicate<Fork<?>> way) {
		for (Fork<?> fork : this.joined) {
			if (way.test(fork)) {
				return fork;
			}
		}
		while (this.joined.size() < this.size) {
			Fork<?> fork = awaitNext();
			this.joined.add(fork);
			if (way.test(fork)) {
				return fork;
			}
		}
		return null;
	}

	/**
	 * End those whose deadline has passed.
	 */
	void expireIfDue() {
		this.forks.forEach(Fork::expireIfDue);
	}

	/**
	 * Cancel those that still run. Those whose deadline has passed end with that.
	 */
	void cancel(CancellationException reason) {
		for (Fork<?> fork : this.forks) {
			fork.expireIfDue();
			if (!fork.isDone()) {
				fork.cancel(reason);
			}
		}
	}

	/**
	 * Say of each fork what became of it.
	 */
	String report() {
		List<String> described = new ArrayList<>();
		for (Fork<?> fork : this.forks) {
			if (described.size() == MAX_REPORTED) {
				described.add("and %d more".formatted(this.forks.size() - MAX_REPORTED));
				break;
			}
			described.add("%d %s".formatted(described.size() + 1, fork.describe()));
		}
		return described.isEmpty() ? "no forks" : String.join("; ", described);
	}

	private Fork<?> awaitNext() {
		Fork<?> fork = this.ended.poll();
		while (fork == null || this.joined.contains(fork)) {
			long remaining = this.deadline.remainingNanos();
			if (remaining <= 0) {
				expireIfDue();
				remaining = CallerWait.LOOK_AGAIN_NANOS;
			}
			if (Thread.currentThread().isInterrupted()) {
				throw LoopInterruptedException.whileJoining(this.scope.toString());
			}
			this.waiter.await(this.ended::isEmpty, Math.min(remaining, CallerWait.LOOK_AGAIN_NANOS));
			fork = this.ended.poll();
			if (fork == null) {
				fork = unannounced();
			}
		}
		return fork;
	}

	/**
	 * Return a fork that has ended without a place in the queue, if there is one. Where a
	 * stack overflows or memory ends, a future has its outcome and tells nobody.
	 */
	private @Nullable Fork<?> unannounced() {
		for (Fork<?> fork : this.forks) {
			if (fork.isDone() && !this.joined.contains(fork)) {
				return fork;
			}
		}
		return null;
	}

}
