package io.github.loopthread.soak;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import io.github.loopthread.LoopInterruptedException;
import io.github.loopthread.LoopThread;

/**
 * The faults that happen inside of the application.
 */
@Component
class Faults {

	/** So many wait when all are cancelled or interrupted, besides the load's. */
	private static final int CROWD = 200;

	private final Calls calls;

	private final LoopThread loopThread;

	private final OpenFutures futures;

	private final InterruptibleCallers callers;

	private final FatalErrors fatalErrors;

	private final Ledger ledger;

	private final AtomicInteger number = new AtomicInteger();

	Faults(Calls calls, LoopThread loopThread, OpenFutures futures, InterruptibleCallers callers,
			FatalErrors fatalErrors, Ledger ledger) {
		this.calls = calls;
		this.loopThread = loopThread;
		this.futures = futures;
		this.callers = callers;
		this.fatalErrors = fatalErrors;
		this.ledger = ledger;
	}

	/** Block the loop, and return when it is free again. */
	void block(Duration duration) {
		this.calls.block(nextId("block"), duration);
		CallerValues.clear();
	}

	/** Cancel everything that has been submitted, and wait until it has ended. */
	void cancelAll() throws Exception {
		String id = nextId("cancel");
		List<CompletableFuture<@Nullable String>> crowd = new ArrayList<>();
		for (int i = 0; i < CROWD; i++) {
			crowd.add(this.calls.submitSlow("%s.slow%d".formatted(id, i)));
			crowd.add(this.calls.submitNever("%s.never%d".formatted(id, i)));
		}
		CallerValues.clear();
		this.futures.cancelAll();
		CompletableFuture.allOf(crowd.toArray(CompletableFuture<?>[]::new))
			.handle((none, ex) -> "ended")
			.get(10, TimeUnit.SECONDS);
	}

	/** Interrupt every caller, and wait until those that are only here for it return. */
	void interruptAll() throws InterruptedException {
		String id = nextId("interrupt");
		CountDownLatch waiting = new CountDownLatch(CROWD);
		List<Thread> crowd = new ArrayList<>();
		for (int i = 0; i < CROWD; i++) {
			String call = "%s.%d".formatted(id, i);
			crowd.add(new Thread(() -> beInterrupted(call, waiting), "crowd-" + i));
		}
		crowd.forEach(Thread::start);
		waiting.await();
		long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
		while (this.loopThread.waitingCallers() < CROWD && System.nanoTime() < deadline) {
			TimeUnit.MILLISECONDS.sleep(5);
		}
		this.callers.interruptAll();
		for (Thread thread : crowd) {
			thread.join(TimeUnit.SECONDS.toMillis(10));
			if (thread.isAlive()) {
				this.ledger.violated("an interrupted caller returns", thread.getName(), null);
			}
		}
	}

	private void beInterrupted(String call, CountDownLatch waiting) {
		try {
			this.callers.run(() -> {
				waiting.countDown();
				this.calls.executeSlow(call);
			});
			this.ledger.violated("an interrupted caller is told so", call, null);
		}
		catch (LoopInterruptedException ex) {
			// As it should
			CallerValues.clear();
		}
		catch (Throwable ex) {
			this.ledger.violated("an interrupted caller is told so", call, ex);
		}
	}

	void restart() {
		this.loopThread.stop();
		this.loopThread.start();
	}

	void throwFatalErrors(boolean on) {
		this.fatalErrors.set(on);
	}

	private String nextId(String fault) {
		return "%s%d".formatted(fault, this.number.incrementAndGet());
	}

}
