package io.github.loopthread;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link ThreadTime}.
 */
@Timeout(60)
class ThreadTimeTests {

	// Longer than a thread of a test can have computed
	private static final long LONG = TimeUnit.HOURS.toNanos(1);

	private final AtomicBoolean over = new AtomicBoolean();

	private final CountDownLatch release = new CountDownLatch(1);

	private Thread thread;

	private final ThreadTime time = new ThreadTime(() -> this.thread);

	private long computed;

	@AfterEach
	void end() throws Exception {
		this.over.set(true);
		this.release.countDown();
		if (this.thread != null) {
			this.thread.join(20_000);
		}
	}

	@Test
	void waitingIsTheThreadsOwn() {
		start(this::awaitRelease);
		await().until(() -> this.thread.getState() == Thread.State.TIMED_WAITING);
		assertThat(this.time.applyAsLong(LONG)).isEqualTo(LONG);
		assertThat(this.time.applyAsLong(LONG)).isEqualTo(LONG);
	}

	@Test
	void computingIsTheThreadsOwnAndWaitingForProcessorIsNot() {
		start(() -> {
			while (!this.over.get()) {
				compute(20);
			}
		});
		// An hour, of which it has computed for a moment
		await().until(() -> this.time.applyAsLong(LONG) < LONG);
		await().until(() -> this.time.applyAsLong(1) == 1);
	}

	@Test
	void whatItHasComputedIsCountedOnce() {
		start(() -> {
			while (!this.over.get()) {
				compute(20);
			}
		});
		List<Long> counted = new ArrayList<>();
		await().pollInSameThread().until(() -> {
			long own = this.time.applyAsLong(LONG);
			if (own > 0 && own < LONG) {
				counted.add(own);
			}
			return counted.size() == 5;
		});
		assertThat(counted.stream().mapToLong(Long::longValue).sum())
			.isLessThanOrEqualTo(ManagementFactory.getThreadMXBean().getThreadCpuTime(this.thread.getId()));
	}

	@Test
	void standingStillInTheMidstOfCodeIsTheThreadsOwn() {
		start(() -> {
			while (!this.over.get()) {
				Thread.onSpinWait();
			}
		});
		await().until(() -> this.time.applyAsLong(LONG) == LONG && this.time.applyAsLong(LONG) == LONG);
	}

	@Test
	void waitingForSomethingToDoIsNot() throws Exception {
		try (Selector selector = Selector.open()) {
			start(() -> select(selector));
			await().until(() -> this.time.applyAsLong(LONG) == 0);
			assertThat(this.time.applyAsLong(LONG)).isZero();
			selector.wakeup();
			this.thread.join(20_000);
		}
	}

	@Test
	void withoutThreadAllIsItsOwn() {
		assertThat(this.time.applyAsLong(LONG)).isEqualTo(LONG);
	}

	private void start(Runnable task) {
		this.thread = new Thread(task, "timed");
		this.thread.start();
	}

	private static void select(Selector selector) {
		try {
			selector.select();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void compute(int depth) {
		for (int i = 0; depth > 0 && i < 2; i++) {
			compute(depth - 1);
		}
		this.computed += depth;
	}

	private void awaitRelease() {
		try {
			this.release.await(20, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
