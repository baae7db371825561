package io.github.loopthread.benchmarks;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

/**
 * The transport that our loop and Reactor Netty choose by themselves, for what is built
 * on Netty itself.
 */
public final class NativeNetty {

	private static final boolean EPOLL = Epoll.isAvailable();

	private NativeNetty() {
	}

	public static EventLoopGroup group(int threads) {
		IoHandlerFactory handlers = EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
		return new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("netty", true), handlers);
	}

	public static Class<? extends SocketChannel> channelType() {
		return EPOLL ? EpollSocketChannel.class : NioSocketChannel.class;
	}

	static Class<? extends ServerChannel> serverChannelType() {
		return EPOLL ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
	}

}
