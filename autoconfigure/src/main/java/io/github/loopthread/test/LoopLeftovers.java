package io.github.loopthread.test;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.springframework.util.Assert;

import io.github.loopthread.LoopThread;
import io.github.loopthread.OpenWork;

/**
 * Asserts that nothing is left open on a loop: no task, stream, scope or lease. For tests
 * that do not run with {@link LoopLeftoversExtension}, or want to know before they end.
 * <p>
 * What is about to end gets a moment to do so: cancelling is asynchronous.
 * <p>
 * <b>Not seen.</b> Requests of a {@code WebClient} that are not part of a task, and work
 * that has been cancelled and goes on behind a future that does not show it.
 *
 * @since 1.0.0
 */
public final class LoopLeftovers {

	static final Duration PATIENCE = Duration.ofSeconds(2);

	private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

	private LoopLeftovers() {
	}

	/**
	 * Assert that what is open on a loop ends within two seconds.
	 * @param loop the loop, in any state
	 * @throws AssertionError when something does not; the message says of each what it
	 * is, what it waits for, and where it comes from
	 * @throws IllegalArgumentException when the loop is {@code null}
	 */
	public static void assertNone(LoopThread loop) {
		assertNone(loop, PATIENCE);
	}

	/**
	 * Assert that what is open on a loop ends within some time.
	 * @param loop the loop, in any state
	 * @param patience the time, zero or more
	 * @throws AssertionError as in {@link #assertNone(LoopThread)}
	 * @throws IllegalArgumentException when an argument is {@code null}, or the time
	 * negative
	 */
	public static void assertNone(LoopThread loop, Duration patience) {
		Assert.notNull(loop, "'loop' must not be null");
		assertPatience(patience);
		assertNone(awaitEnd(loop, Set.of(), patience), "Somebody who uses loop '%s'".formatted(loop.getName()));
	}

	/**
	 * Assert that nothing is left.
	 * @param who who has left what there is
	 */
	static void assertNone(List<String> left, String who) {
		if (!left.isEmpty()) {
			throw new AssertionError(("%s has left open:\n%s\nClose scopes, streams and leases with a "
					+ "try-with-resources statement; wait for the future of submit, or cancel it")
				.formatted(who, String.join("\n", left)));
		}
	}

	static void assertPatience(Duration patience) {
		Assert.notNull(patience, "'patience' must not be null");
		Assert.isTrue(!patience.isNegative(), () -> "'patience' must not be negative, but is %s".formatted(patience));
	}

	/**
	 * Wait until what is open on a loop has ended. What comes later belongs to others.
	 * @param known what may go on
	 * @return what there is to say of each thing that has not ended
	 */
	static List<String> awaitEnd(LoopThread loop, Set<OpenWork> known, Duration patience) {
		Set<OpenWork> left = new HashSet<>(loop.openWork());
		left.removeAll(known);
		long start = System.nanoTime();
		// A thread with its flag set would not wait at all
		boolean interrupted = Thread.interrupted();
		while (!left.isEmpty() && System.nanoTime() - start < TimeUnit.NANOSECONDS.convert(patience)) {
			LockSupport.parkNanos(LOOK_AGAIN_NANOS);
			interrupted |= Thread.interrupted();
			left.retainAll(loop.openWork());
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
		return left.stream().map(Object::toString).toList();
	}

}
