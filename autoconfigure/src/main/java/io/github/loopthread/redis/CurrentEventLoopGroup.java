package io.github.loopthread.redis;

import java.util.Collections;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;

import io.lettuce.core.resource.EventLoopGroupProvider;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandle;
import io.netty.util.concurrent.AbstractEventExecutorGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;

import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopThread;

/**
 * What Lettuce takes for an event loop group of its own: one object for all lives of the
 * loop, whose channels belong to the loop that runs when they are opened. Lettuce cannot
 * shut it down.
 */
final class CurrentEventLoopGroup extends AbstractEventExecutorGroup implements EventLoopGroup, EventLoopGroupProvider {

	private static final Future<Boolean> DONE = ImmediateEventExecutor.INSTANCE.newSucceededFuture(true);

	private static final Future<?> NEVER = ImmediateEventExecutor.INSTANCE.newPromise();

	private final RunningLoop loop;

	private final Reconnects reconnects;

	CurrentEventLoopGroup(RunningLoop loop, Reconnects reconnects) {
		this.loop = loop;
		this.reconnects = reconnects;
	}

	@Override
	@SuppressWarnings("unchecked")
	public <T extends EventLoopGroup> T allocate(Class<T> type) {
		// Lettuce asks for the type that it would create, and uses it as any group
		return (T) this;
	}

	@Override
	public int threadPoolSize() {
		return 1;
	}

	@Override
	public Future<Boolean> release(EventExecutorGroup group, long quietPeriod, long timeout, TimeUnit unit) {
		return DONE;
	}

	@Override
	public Future<Boolean> shutdown(long quietPeriod, long timeout, TimeUnit unit) {
		return DONE;
	}

	@Override
	public EventLoop next() {
		return this.loop.get();
	}

	@Override
	public Iterator<EventExecutor> iterator() {
		return Collections.<EventExecutor>singleton(next()).iterator();
	}

	@Override
	public ChannelFuture register(Channel channel) {
		return registerOnLoop(new DefaultChannelPromise(channel, ImmediateEventExecutor.INSTANCE));
	}

	@Override
	public ChannelFuture register(ChannelPromise promise) {
		return registerOnLoop(promise);
	}

	@Override
	@Deprecated
	public ChannelFuture register(Channel channel, ChannelPromise promise) {
		return registerOnLoop(promise);
	}

	@Override
	public boolean isShuttingDown() {
		// What reconnects asks the event executor too, which knows better
		return false;
	}

	@Override
	public boolean isShutdown() {
		return false;
	}

	@Override
	public boolean isTerminated() {
		return false;
	}

	@Override
	public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
		// The loop ends when LoopThread says so
		return DONE;
	}

	@Override
	public Future<?> terminationFuture() {
		return NEVER;
	}

	@Override
	@Deprecated
	public void shutdown() {
		// The loop ends when LoopThread says so
	}

	@Override
	public boolean awaitTermination(long timeout, TimeUnit unit) {
		return false;
	}

	private ChannelFuture registerOnLoop(ChannelPromise promise) {
		try {
			EventLoop eventLoop = next();
			assertCompatible(promise.channel(), eventLoop);
			this.reconnects.watch(promise.channel());
			return eventLoop.register(promise);
		}
		catch (LoopNotRunningException | IllegalStateException ex) {
			// Bootstrap closes the channel when it is told so, and not when this throws
			return promise.setFailure(ex);
		}
	}

	private void assertCompatible(Channel channel, EventLoop eventLoop) {
		if (eventLoop instanceof IoEventLoop ioEventLoop && channel.unsafe() instanceof IoHandle handle
				&& !ioEventLoop.isCompatible(handle.getClass())) {
			LoopThread loopThread = this.loop.loopThread();
			throw new IllegalStateException(("Loop '%s' has the transport %s and cannot have a channel of type %s. "
					+ "Set 'loop.transport' to what Lettuce uses, or keep Lettuce from using it with the system "
					+ "property 'io.lettuce.core.epoll', '.kqueue' or '.iouring' set to false")
				.formatted(loopThread.getName(), loopThread.getTransport(), channel.getClass().getSimpleName()));
		}
	}

}
