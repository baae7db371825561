package io.github.loopthread;

import io.netty.util.concurrent.FastThreadLocalThread;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.NonBlocking;

/**
 * The thread of a loop: fast for Netty, and for Reactor and BlockHound one that must not
 * block.
 */
final class EventLoopThread extends FastThreadLocalThread implements NonBlocking {

	private final Runnable onExit;

	// Written and read by this thread only
	private @Nullable TaskContext taskContext;

	EventLoopThread(Runnable loop, String name, Runnable onExit) {
		super(loop, name);
		this.onExit = onExit;
		setDaemon(true);
	}

	/**
	 * Return the context that this thread has at the moment, if it works for a task.
	 */
	@Nullable TaskContext taskContext() {
		return this.taskContext;
	}

	void taskContext(@Nullable TaskContext taskContext) {
		this.taskContext = taskContext;
	}

	@Override
	public void run() {
		try {
			super.run();
		}
		finally {
			this.onExit.run();
		}
	}

}
