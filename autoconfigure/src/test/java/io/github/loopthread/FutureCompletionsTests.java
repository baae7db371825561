package io.github.loopthread;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link FutureCompletions}.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class FutureCompletionsTests {

	private static final long LONG_MILLIS = 20_000;

	private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();

	private final Queue<String> completed = new ConcurrentLinkedQueue<>();

	// How many threads are to be had
	private final AtomicInteger left = new AtomicInteger(100);

	// What those wait for that complete futures
	private CountDownLatch mayWork = new CountDownLatch(0);

	private final FutureCompletions completions = new FutureCompletions(this::newThread);

	@Test
	void makesNoThreadForNothing() {
		this.completions.run(List.of(), LONG_MILLIS);
		assertThat(this.threads).isEmpty();
	}

	@Test
	void runsAllOnThreadOfItsOwnAndWaits() throws Exception {
		this.mayWork = new CountDownLatch(1);
		Thread caller = new Thread(
				() -> this.completions.run(List.of(complete("first"), complete("second")), LONG_MILLIS), "caller");
		caller.start();
		await().until(() -> caller.getState() == Thread.State.TIMED_WAITING || !caller.isAlive());
		assertThat(caller.isAlive()).isTrue();
		assertThat(this.completed).isEmpty();
		this.mayWork.countDown();
		caller.join(LONG_MILLIS);
		assertThat(caller.isAlive()).isFalse();
		join();
		assertThat(this.completed).hasSize(2).doesNotContain("first on caller", "second on caller");
	}

	@Test
	void doesNotWaitIfItMustNot() throws Exception {
		this.mayWork = new CountDownLatch(1);
		this.completions.run(List.of(complete("first")), 0);
		assertThat(this.completed).isEmpty();
		this.mayWork.countDown();
		join();
		assertThat(this.completed).hasSize(1);
	}

	@Test
	void functionThatBlocksHoldsUpNoneOfTheOthers() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		this.completions.run(List.of(() -> awaitLatch(release), complete("second"), complete("third")), LONG_MILLIS);
		await().untilAsserted(() -> assertThat(this.completed).hasSize(2));
		release.countDown();
		join();
	}

	@Test
	void callerDoesItWhereNoThreadIsToBeHad(CapturedOutput output) {
		this.left.set(0);
		this.completions.run(List.of(complete("first"), complete("second")), LONG_MILLIS);
		assertThat(this.completed).containsExactly("first on " + here(), "second on " + here());
		assertThat(output).contains("No thread is to be had for completing futures");
	}

	@Test
	void supervisorDoesItWhereNoOtherThreadIsToBeHad(CapturedOutput output) {
		this.left.set(1);
		this.completions.run(List.of(complete("first"), complete("second")), LONG_MILLIS);
		assertThat(this.completed).containsExactly("first on t1", "second on t1");
		assertThat(output).contains("No thread is to be had for completing futures");
	}

	@Test
	void interruptedCallerWaitsNoLongerAndKeepsFlag() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		Thread.currentThread().interrupt();
		this.completions.run(List.of(() -> awaitLatch(release), complete("second")), LONG_MILLIS);
		assertThat(Thread.interrupted()).isTrue();
		release.countDown();
		join();
		assertThat(this.completed).hasSize(1);
	}

	private Runnable complete(String name) {
		return () -> this.completed.add(name + " on " + here());
	}

	private Thread newThread(Runnable task) {
		if (this.left.decrementAndGet() < 0) {
			throw new OutOfMemoryError("unable to create native thread");
		}
		if (!this.threads.isEmpty()) {
			awaitLatch(this.mayWork);
		}
		Thread thread = new Thread(task, "t" + (this.threads.size() + 1));
		this.threads.add(thread);
		return thread;
	}

	private static String here() {
		return Thread.currentThread().getName();
	}

	private void join() throws InterruptedException {
		for (Thread thread : this.threads) {
			thread.join(LONG_MILLIS);
			assertThat(thread.isAlive()).isFalse();
		}
	}

	private static void awaitLatch(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
