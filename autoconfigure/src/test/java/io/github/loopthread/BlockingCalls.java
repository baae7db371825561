package io.github.loopthread;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

import reactor.blockhound.BlockHound;
import reactor.blockhound.BlockingMethod;

/**
 * Calls that have blocked a loop's thread, found by BlockHound in whatever runs in the
 * suite. Those of tests, which stand in for careless users, do not count; those of ours
 * and of the libraries that we bring to the loop do.
 */
public final class BlockingCalls {

	private static final Queue<Throwable> FOUND = new ConcurrentLinkedQueue<>();

	private static final Queue<Throwable> OF_TESTS = new ConcurrentLinkedQueue<>();

	private static final int MAX_OF_TESTS = 100;

	// Looking at a stack may load classes, which reads files
	private static final ThreadLocal<Boolean> LOOKING = ThreadLocal.withInitial(() -> false);

	private static final boolean ON = install();

	private BlockingCalls() {
	}

	/**
	 * Return whether blocking calls are found. Without its option, BlockHound cannot
	 * change the JDK's classes.
	 */
	public static boolean areFound() {
		return ON;
	}

	/**
	 * Return what has been found since this was last asked.
	 */
	public static List<Throwable> take() {
		return take(FOUND);
	}

	/**
	 * Return what tests have done since this was last asked, the first of it.
	 */
	public static List<Throwable> takeOfTests() {
		return take(OF_TESTS);
	}

	private static List<Throwable> take(Queue<Throwable> from) {
		List<Throwable> taken = new ArrayList<>();
		for (Throwable next = from.poll(); next != null; next = from.poll()) {
			taken.add(next);
		}
		return taken;
	}

	private static boolean install() {
		try {
			BlockHound.builder().loadIntegrations().blockingMethodCallback(BlockingCalls::found).install();
			return true;
		}
		catch (RuntimeException | LinkageError ex) {
			return false;
		}
	}

	private static void found(BlockingMethod method) {
		Thread thread = Thread.currentThread();
		// The latter may block, and LoopBlockHoundIntegration has to say so
		boolean counts = thread instanceof EventLoopThread || thread instanceof CaretakerThread;
		if (!counts || LOOKING.get()) {
			return;
		}
		LOOKING.set(true);
		try {
			Throwable call = new IllegalStateException("Blocking call on a loop's thread: " + method);
			boolean ofTest = Stream.of(call.getStackTrace())
				.filter((frame) -> frame.getClassName().startsWith("io.github.loopthread."))
				.filter((frame) -> !frame.getClassName().equals(BlockingCalls.class.getName()))
				.findFirst()
				.filter((frame) -> !OpeningPlace.isOurs(frame))
				.isPresent();
			if (!ofTest) {
				FOUND.add(call);
			}
			else if (OF_TESTS.size() < MAX_OF_TESTS) {
				OF_TESTS.add(call);
			}
		}
		finally {
			LOOKING.set(false);
		}
	}

}
