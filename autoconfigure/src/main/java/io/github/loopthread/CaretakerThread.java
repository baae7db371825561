package io.github.loopthread;

import reactor.core.scheduler.NonBlocking;

/**
 * A thread that starts, watches or stops a loop. Inherits no thread-locals, so that the
 * loop's thread, when it is made here, inherits none either.
 * <p>
 * Functions chained to a user's future may run here. They must not wait for the loop: it
 * is this thread that they would wait for.
 */
final class CaretakerThread extends Thread implements NonBlocking {

	CaretakerThread(Runnable task, String name) {
		super(null, task, name, 0, false);
		setDaemon(true);
	}

	/**
	 * Overridden so that BlockHound can be told to allow what happens in it.
	 */
	@Override
	public void run() {
		super.run();
	}

}
