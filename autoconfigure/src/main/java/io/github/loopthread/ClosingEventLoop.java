package io.github.loopthread;

import java.util.concurrent.ThreadFactory;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.SingleThreadIoEventLoop;

/**
 * Netty's loop on one thread, which closes its channels however it ends. Netty itself
 * passes that step by when a shutdown without a quiet period begins while the loop runs
 * tasks, and when the loop dies: the sockets would stay open for ever.
 */
final class ClosingEventLoop extends SingleThreadIoEventLoop {

	ClosingEventLoop(ThreadFactory threadFactory, IoHandlerFactory ioHandlerFactory) {
		super(null, threadFactory, ioHandlerFactory);
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
