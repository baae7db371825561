package io.github.loopthread;

import io.netty.util.concurrent.FastThreadLocalThread;
import reactor.core.scheduler.NonBlocking;

/**
 * The thread of a loop: fast for Netty, and for Reactor and BlockHound one that must not
 * block.
 */
final class EventLoopThread extends FastThreadLocalThread implements NonBlocking {

	private final Runnable onExit;

	EventLoopThread(Runnable loop, String name, Runnable onExit) {
		super(loop, name);
		this.onExit = onExit;
		setDaemon(true);
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
