package io.github.loopthread;

import java.lang.reflect.UndeclaredThrowableException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/**
 * Waiting on the caller's thread: whether it may, for how long, and what it ends with.
 */
final class CallerWait {

	// No wake-up is known to get lost; if one ever did, it would cost a second and not
	// the whole timeout
	static final long LOOK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

	private CallerWait() {
	}

	static void assertAllowed(String method, String remedy) {
		assertAllowed(() -> method, remedy);
	}

	static void assertAllowed(Supplier<String> method, String remedy) {
		if (Schedulers.isInNonBlockingThread()) {
			throw new IllegalStateException(
					"%s must not wait on thread '%s', which may have to do what it waits for. %s"
						.formatted(method.get(), Thread.currentThread().getName(), remedy));
		}
	}

	static void assertNotInterrupted(TaskOptions options) {
		if (Thread.currentThread().isInterrupted()) {
			throw LoopInterruptedException.beforeStart(options.name());
		}
	}

	static <T> @Nullable T await(LoopTask<T> task) {
		awaitOutcome(task);
		return outcome(task);
	}

	/**
	 * Wait for a task that goes on when its caller stops waiting.
	 */
	static <T> @Nullable T awaitUncancelled(LoopTask<T> task) {
		while (!task.isDone()) {
			try {
				task.await(Math.min(task.remainingNanos(), LOOK_AGAIN_NANOS));
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				throw LoopInterruptedException.whileWaitingForRelease(task.name());
			}
			LoopTimeoutException timeout = task.timeoutIfDue("goes on");
			if (timeout != null) {
				throw timeout;
			}
		}
		return outcome(task);
	}

	/**
	 * Wait until a fork has an outcome, which the deadline gives it, but not an
	 * interrupt.
	 */
	static void awaitFork(LoopTask<?> fork) {
		while (!fork.isDone()) {
			try {
				fork.await(Math.min(fork.remainingNanos(), LOOK_AGAIN_NANOS));
				fork.expireIfDue();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				throw LoopInterruptedException.whileJoining("fork '%s'".formatted(fork.name()));
			}
		}
	}

	/**
	 * Return the value of a task that has an outcome, or throw its failure.
	 */
	static <T> @Nullable T outcome(LoopTask<T> task) {
		if (task.isCompletedExceptionally()) {
			Throwable failure = Objects.requireNonNull(task.failure());
			CallerFrames.addTo(failure);
			throw asUnchecked(failure);
		}
		return task.getNow(null);
	}

	/**
	 * Wait until the task has an outcome. An interrupt or the deadline give it one.
	 */
	static void awaitOutcome(LoopTask<?> task) {
		while (!task.isDone()) {
			try {
				task.await(Math.min(task.remainingNanos(), LOOK_AGAIN_NANOS));
				task.expireIfDue();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				task.abandon(LoopInterruptedException.whileWaiting(task.name()));
			}
		}
		task.tellOutcome();
	}

	private static RuntimeException asUnchecked(Throwable failure) {
		if (failure instanceof Error error) {
			throw error;
		}
		return (failure instanceof RuntimeException ex) ? ex : new UndeclaredThrowableException(failure);
	}

}
