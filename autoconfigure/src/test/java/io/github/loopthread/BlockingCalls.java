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
 * suite. Those of tests, which stand in for careless users, do not count, nor does what a
 * library does inside of itself; those of ours do.
 */
public final class BlockingCalls {

	private static final Queue<Throwable> FOUND = new ConcurrentLinkedQueue<>();

	private static final Queue<Throwable> OF_TESTS = new ConcurrentLinkedQueue<>();

	private static final int MAX_OF_TESTS = 100;

	private static final List<String> JDK_AND_BLOCKHOUND = List.of("java.", "javax.", "jdk.", "sun.",
			"reactor.blockhound.");

	// A library like any other, which takes a lock to close a connection
	private static final String JDK_HTTP_CLIENT = "jdk.internal.net.http.";

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
			BlockHound.builder()
				.loadIntegrations()
				// A lock that guards a decision only: nobody waits while holding it
				.allowBlockingCallsInside(LoopLifecycle.class.getName(), "launch")
				.allowBlockingCallsInside(LoopLifecycle.class.getName(), "stop")
				// Its last act, when it serves nobody any more
				.allowBlockingCallsInside(LoopGeneration.class.getName(), "onThreadExit")
				.blockingMethodCallback(BlockingCalls::found)
				.install();
			return true;
		}
		catch (RuntimeException | LinkageError ex) {
			return false;
		}
	}

	private static void found(BlockingMethod method) {
		Thread thread = Thread.currentThread();
		// The latter may block, which LoopBlockHoundIntegration has to say
		boolean counts = thread instanceof EventLoopThread || thread instanceof CaretakerThread;
		if (!counts || LOOKING.get()) {
			return;
		}
		LOOKING.set(true);
		try {
			Throwable call = new IllegalStateException("Blocking call on a loop's thread: " + method);
			// What a library does in a method of its own is the library's
			StackTraceElement culprit = Stream.of(call.getStackTrace())
				.filter((frame) -> !frame.getClassName().equals(BlockingCalls.class.getName()))
				.filter((frame) -> frame.getClassName().startsWith(JDK_HTTP_CLIENT)
						|| JDK_AND_BLOCKHOUND.stream().noneMatch(frame.getClassName()::startsWith))
				.findFirst()
				.orElseThrow();
			if (OpeningPlace.isOurs(culprit)) {
				FOUND.add(call);
			}
			else if (culprit.getClassName().startsWith("io.github.loopthread.") && OF_TESTS.size() < MAX_OF_TESTS) {
				OF_TESTS.add(call);
			}
		}
		finally {
			LOOKING.set(false);
		}
	}

}
