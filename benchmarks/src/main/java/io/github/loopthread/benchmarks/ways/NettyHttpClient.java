package io.github.loopthread.benchmarks.ways;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;

import io.github.loopthread.benchmarks.NativeNetty;

/**
 * A client for one host, on one loop. Everything but {@link #get} and {@link #close} runs
 * there, so that nothing needs a lock.
 */
final class NettyHttpClient implements AutoCloseable {

	private final EventLoopGroup group = NativeNetty.group(1);

	private final EventLoop loop = this.group.next();

	private final Deque<Channel> idle = new ArrayDeque<>();

	private final Deque<NettyExchange> waiting = new ArrayDeque<>();

	private final Bootstrap bootstrap;

	private final String host;

	private final int maxConnections;

	private int connections;

	/**
	 * Create one.
	 * @param sslContext {@code null} for a client without TLS
	 */
	NettyHttpClient(String host, int port, int maxConnections, @Nullable SslContext sslContext) {
		this.host = host;
		this.maxConnections = maxConnections;
		this.bootstrap = new Bootstrap().group(this.group)
			.channel(NativeNetty.channelType())
			.option(ChannelOption.TCP_NODELAY, true)
			.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 5000)
			.remoteAddress(host, port)
			.handler(new ChannelInitializer<Channel>() {

				@Override
				protected void initChannel(Channel channel) {
					if (sslContext != null) {
						channel.pipeline().addLast(sslContext.newHandler(channel.alloc(), host, port));
					}
					channel.pipeline().addLast(new HttpClientCodec(), new NettyExchangeHandler(NettyHttpClient.this));
				}

			});
	}

	/** Make several calls at once, with a single hop to the loop. */
	CompletableFuture<List<byte[]>> get(int calls, IntFunction<String> paths) {
		NettyExchange.Group group = new NettyExchange.Group(calls);
		List<NettyExchange> exchanges = new ArrayList<>(calls);
		for (int call = 0; call < calls; call++) {
			exchanges.add(new NettyExchange(this.host, paths.apply(call), group));
		}
		this.loop.execute(() -> exchanges.forEach(this::send));
		return group.result();
	}

	private void send(NettyExchange exchange) {
		Channel channel = this.idle.pollLast();
		if (channel != null) {
			exchange.writeTo(channel);
		}
		else if (this.connections < this.maxConnections) {
			connect(exchange);
		}
		else {
			this.waiting.add(exchange);
		}
	}

	private void connect(NettyExchange exchange) {
		this.connections++;
		this.bootstrap.connect().addListener((ChannelFuture connected) -> {
			if (connected.isSuccess()) {
				exchange.writeTo(connected.channel());
			}
			else {
				this.connections--;
				exchange.fail(connected.cause());
			}
		});
	}

	/** Called when an exchange has ended well. */
	void release(Channel channel) {
		NettyExchange next = this.waiting.poll();
		if (next != null) {
			next.writeTo(channel);
		}
		else {
			this.idle.addLast(channel);
		}
	}

	/** Called when a connection is gone. */
	void remove(Channel channel) {
		this.connections--;
		this.idle.remove(channel);
		NettyExchange next = this.waiting.poll();
		if (next != null) {
			send(next);
		}
	}

	@Override
	public void close() {
		this.group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
	}

}
