package io.github.loopthread;

import java.util.Arrays;
import java.util.List;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one life of the loop: its own, and those that take care of it. All have
 * the application's class loader, whoever starts them.
 */
final class GenerationThreads {

	private static final Log logger = LogFactory.getLog(GenerationThreads.class);

	private static final List<String> LIBRARIES = List.of("java.", "jdk.", "sun.", "io.netty.", "reactor.",
			"io.lettuce.");

	private final String name;

	private final @Nullable ClassLoader classLoader;

	private final Runnable onLoopThreadExit;

	// Written by the thread that creates it, read by any
	private volatile @Nullable Thread loopThread;

	GenerationThreads(String name, @Nullable ClassLoader classLoader, Runnable onLoopThreadExit) {
		this.name = name;
		this.classLoader = classLoader;
		this.onLoopThreadExit = onLoopThreadExit;
	}

	Thread newLoopThread(Runnable loop) {
		Thread thread = new EventLoopThread(loop, this.name, this.onLoopThreadExit);
		thread.setContextClassLoader(this.classLoader);
		this.loopThread = thread;
		return thread;
	}

	Thread newCaretaker(String purpose, Runnable task) {
		Thread thread = new CaretakerThread(task, "%s-%s".formatted(this.name, purpose));
		thread.setContextClassLoader(this.classLoader);
		return thread;
	}

	/**
	 * Called by a caretaker that ends in a moment, before it says so. A container that
	 * has waited for that may look before the thread has ended for threads of the
	 * application, which it knows by this.
	 */
	void leaveApplication() {
		Thread.currentThread().setContextClassLoader(null);
	}

	String name() {
		return this.name;
	}

	/**
	 * Return the loop's thread, {@code null} before it is made.
	 */
	@Nullable Thread loopThread() {
		return this.loopThread;
	}

	/**
	 * Return the task for which the loop's thread works, {@code null} if it is none.
	 */
	@Nullable LoopTask<?> currentTask() {
		TaskContext context = (this.loopThread instanceof EventLoopThread thread) ? thread.taskContext() : null;
		return (context != null && context.boundary() instanceof LoopTask<?> task) ? task : null;
	}

	/**
	 * Return the stack of the loop's thread, to be logged.
	 */
	Throwable stack() {
		Thread thread = this.loopThread;
		IllegalStateException stack = new IllegalStateException("Stack of '%s'".formatted(this.name));
		stack.setStackTrace((thread != null) ? OpeningPlace.stackOf(thread) : new StackTraceElement[0]);
		return stack;
	}

	/**
	 * Return what the loop's thread is doing: its topmost frame that is neither the JDK's
	 * nor ours nor that of a library of ours, if there is one.
	 */
	@Nullable String currentFrame() {
		return frameOf(stack().getStackTrace());
	}

	/**
	 * Return the frame that says most of what a stack is about, {@code null} if it is
	 * empty.
	 */
	static @Nullable String frameOf(StackTraceElement[] stack) {
		return Arrays.stream(stack)
			.filter((frame) -> LIBRARIES.stream().noneMatch(frame.getClassName()::startsWith))
			.filter((frame) -> !OpeningPlace.isOurs(frame))
			.findFirst()
			.or(() -> Arrays.stream(stack).findFirst())
			.map(StackTraceElement::toString)
			.orElse(null);
	}

	/**
	 * Wait for the end of the loop's thread, and report it with its stack if that does
	 * not come.
	 */
	void awaitLoopThread(long timeoutMillis) throws InterruptedException {
		Thread thread = this.loopThread;
		if (thread == null) {
			return;
		}
		thread.join(timeoutMillis);
		if (thread.isAlive()) {
			logger.error("Loop '%s' is stuck in a task and is left behind: it did not end within %dms"
				.formatted(this.name, timeoutMillis), stack());
		}
	}

}
