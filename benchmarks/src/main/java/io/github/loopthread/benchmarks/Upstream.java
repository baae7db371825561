package io.github.loopthread.benchmarks;

import java.io.File;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;

/**
 * The server that is called: plain Netty without an HTTP codec, so that it is never what
 * limits a client. {@code GET /<body>/<delay in ms>/<id>}, on one port as it is and on
 * another with TLS. On the loopback interface only.
 */
public final class Upstream implements AutoCloseable {

	private final EventLoopGroup group = NativeNetty.group(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));

	private final Channel plain;

	private final Channel tls;

	Upstream(File certificate, File key) throws Exception {
		SslContext sslContext = SslContextBuilder.forServer(certificate, key).build();
		this.plain = bind((channel) -> channel.pipeline().addLast(new UpstreamHandler()));
		this.tls = bind(
				(channel) -> channel.pipeline().addLast(sslContext.newHandler(channel.alloc()), new UpstreamHandler()));
	}

	private Channel bind(java.util.function.Consumer<SocketChannel> initializer) throws InterruptedException {
		return new ServerBootstrap().group(this.group)
			.channel(NativeNetty.serverChannelType())
			.option(ChannelOption.SO_BACKLOG, 4096)
			.childOption(ChannelOption.TCP_NODELAY, true)
			.childHandler(new ChannelInitializer<SocketChannel>() {

				@Override
				protected void initChannel(SocketChannel channel) {
					initializer.accept(channel);
				}

			})
			.bind("127.0.0.1", 0)
			.sync()
			.channel();
	}

	int port(boolean tls) {
		return ((java.net.InetSocketAddress) (tls ? this.tls : this.plain).localAddress()).getPort();
	}

	@Override
	public void close() {
		this.group.shutdownGracefully(1, 1000, java.util.concurrent.TimeUnit.MILLISECONDS).syncUninterruptibly();
	}

	/** The role of a process: {@code upstream <certificate> <key>}. */
	static void play(String[] args) throws Exception {
		try (Upstream upstream = new Upstream(new File(args[0]), new File(args[1]))) {
			Parent.tell(new Ports(upstream.port(false), upstream.port(true)));
			Parent.awaitGone();
		}
	}

	/** Where it listens. */
	record Ports(int plain, int tls) {

	}

}
