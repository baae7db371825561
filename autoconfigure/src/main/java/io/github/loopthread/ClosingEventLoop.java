package io.github.loopthread;

import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.SingleThreadIoEventLoop;

/**
 * Netty's loop on one thread, which closes its channels however it ends. Netty itself
 * passes that step by when a shutdown without a quiet period begins while the loop runs
 * tasks, and when the loop dies: the sockets would stay open for ever.
 */
final class ClosingEventLoop extends SingleThreadIoEventLoop {

	private final Consumer<Throwable> onDeath;

	/**
	 * Create a loop.
	 * @param onDeath told what kills the loop, before its channels are closed
	 */
	ClosingEventLoop(ThreadFactory threadFactory, IoHandlerFactory ioHandlerFactory, Consumer<Throwable> onDeath) {
		super(null, threadFactory, ioHandlerFactory);
		this.onDeath = onDeath;
	}

	@Override
	protected void run() {
		try {
			super.run();
		}
		catch (Throwable ex) {
			this.onDeath.accept(ex);
			throw ex;
		}
	}

	/**
	 * Return for how long the loop has worked since this was last asked, without what it
	 * is doing now.
	 */
	long takeActiveNanos() {
		return getAndResetAccumulatedActiveTimeNanos();
	}

	@Override
	protected boolean isSuspensionSupported() {
		// Netty measures the time of I/O only for loops that it may suspend. Whether this
		// one may be is nothing that this method decides
		return true;
	}

	@Override
	protected boolean confirmShutdown() {
		boolean confirmed = super.confirmShutdown();
		if (confirmed) {
			ioHandler().prepareToDestroy();
		}
		return confirmed;
	}

}
