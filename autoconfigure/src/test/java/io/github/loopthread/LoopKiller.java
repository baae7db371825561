package io.github.loopthread;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.util.concurrent.TimeUnit;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoOps;
import io.netty.channel.nio.NioSelectableChannelIoHandle;

/**
 * Kills a loop with an error out of its input and output, which nothing can survive. The
 * loop must use {@link Transport#NIO}.
 */
public final class LoopKiller {

	// Written by the loop before it dies, read when that has been seen
	private volatile long diedNanos;

	public void kill(LoopThread loop, Error error) throws Exception {
		kill((IoEventLoop) loop.eventLoopGroup().next(), error);
	}

	/**
	 * Kill a loop that need not be one of ours.
	 */
	public void kill(IoEventLoop eventLoop, Error error) throws Exception {
		Pipe pipe = Pipe.open();
		pipe.source().configureBlocking(false);
		IoRegistration registration = eventLoop.register(new NioSelectableChannelIoHandle<>(pipe.source()) {

			@Override
			protected void handle(Pipe.SourceChannel channel, SelectionKey key) {
				LoopKiller.this.diedNanos = System.nanoTime();
				throw error;
			}

			@Override
			protected void deregister(Pipe.SourceChannel channel) {
				closeBoth(pipe);
			}

		}).get(10, TimeUnit.SECONDS);
		registration.submit(NioIoOps.valueOf(SelectionKey.OP_READ));
		pipe.sink().write(ByteBuffer.wrap(new byte[1]));
	}

	/**
	 * Return when the loop died, by {@link System#nanoTime()}.
	 */
	public long diedNanos() {
		return this.diedNanos;
	}

	private static void closeBoth(Pipe pipe) {
		try {
			pipe.source().close();
			pipe.sink().close();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
