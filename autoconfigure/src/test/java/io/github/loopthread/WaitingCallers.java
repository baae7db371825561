package io.github.loopthread;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;

import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Many threads that wait for a task that never ends, and what they got instead, and when.
 */
final class WaitingCallers {

	private static final Set<Thread.State> PARKED = Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING);

	private final List<Thread> threads = new ArrayList<>();

	private final Queue<Throwable> outcomes = new ConcurrentLinkedQueue<>();

	private final AtomicLong lastAwake = new AtomicLong(Long.MIN_VALUE);

	/**
	 * Return when all of them wait.
	 */
	static WaitingCallers start(int count, LoopTemplate loop) {
		return start(count, (caller) -> loop.execute(Mono.never()));
	}

	/**
	 * Return when all of them wait, each in the way that is given.
	 */
	static WaitingCallers start(int count, IntConsumer wait) {
		WaitingCallers callers = new WaitingCallers();
		for (int i = 0; i < count; i++) {
			int caller = i;
			Thread thread = new Thread(() -> callers.call(() -> wait.accept(caller)), "caller-" + i);
			thread.start();
			callers.threads.add(thread);
		}
		await().atMost(Duration.ofSeconds(40))
			.until(() -> callers.threads.stream().allMatch((thread) -> PARKED.contains(thread.getState())));
		return callers;
	}

	void interrupt() {
		this.threads.forEach(Thread::interrupt);
	}

	/**
	 * Interrupt one of them, and wait until it has returned.
	 */
	void interrupt(int caller) throws InterruptedException {
		Thread thread = this.threads.get(caller);
		thread.interrupt();
		awaitEnd(thread);
	}

	/**
	 * Wait until all have returned.
	 * @return what they got
	 */
	List<Throwable> outcomes() throws InterruptedException {
		for (Thread thread : this.threads) {
			awaitEnd(thread);
		}
		assertThat(this.outcomes).hasSize(this.threads.size());
		return List.copyOf(this.outcomes);
	}

	/**
	 * Return how long after a moment the last of them had what it waited for.
	 */
	double lastAwakeMillisAfter(long nanos) {
		return (this.lastAwake.get() - nanos) / 1_000_000.0;
	}

	private static void awaitEnd(Thread thread) throws InterruptedException {
		thread.join(20_000);
		assertThat(thread.isAlive()).isFalse();
	}

	private void call(Runnable wait) {
		try {
			wait.run();
		}
		catch (Throwable ex) {
			this.lastAwake.accumulateAndGet(System.nanoTime(), Math::max);
			this.outcomes.add(ex);
		}
	}

}
