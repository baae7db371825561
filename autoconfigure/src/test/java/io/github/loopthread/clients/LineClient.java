package io.github.loopthread.clients;

import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.string.StringDecoder;
import io.netty.handler.codec.string.StringEncoder;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

import org.springframework.util.Assert;

import io.github.loopthread.LoopThread;

/**
 * Asks a server questions of one line, which it answers in their order with a line each.
 */
final class LineClient {

	private final LoopThread loop;

	private final Bootstrap bootstrap;

	// Only the loop's thread has to do with it
	private ChannelFuture connection;

	LineClient(LoopThread loop, SocketAddress server) {
		this.loop = loop;
		this.bootstrap = new Bootstrap().group(loop.eventLoopGroup())
			.channel(loop.getTransport().socketChannelType())
			.handler(new Lines())
			.remoteAddress(server);
		this.connection = this.bootstrap.connect();
	}

	Mono<String> ask(String question) {
		Assert.isTrue(question.lines().count() == 1, "'question' must be one line");
		return Mono.<String>create((sink) -> connection().addListener((ChannelFuture connected) -> {
			if (connected.isSuccess()) {
				connected.channel().pipeline().get(Answers.class).unanswered.add(sink);
				connected.channel().writeAndFlush(question.strip() + "\n");
			}
			else {
				sink.error(connected.cause());
			}
		})).subscribeOn(this.loop.scheduler()).publishOn(this.loop.scheduler());
	}

	Mono<Void> close() {
		return Mono.create((sink) -> this.connection.channel().close().addListener((closed) -> sink.success()));
	}

	private ChannelFuture connection() {
		if (this.connection.isDone() && !this.connection.channel().isActive()) {
			this.connection = this.bootstrap.connect();
		}
		return this.connection;
	}

	private static final class Lines extends ChannelInitializer<Channel> {

		@Override
		protected void initChannel(Channel channel) {
			channel.pipeline()
				.addLast(new LineBasedFrameDecoder(1024), new StringDecoder(StandardCharsets.UTF_8),
						new StringEncoder(StandardCharsets.UTF_8), new Answers());
		}

	}

	private static final class Answers extends SimpleChannelInboundHandler<String> {

		private final Queue<MonoSink<String>> unanswered = new ArrayDeque<>();

		@Override
		protected void channelRead0(ChannelHandlerContext context, String answer) {
			this.unanswered.remove().success(answer);
		}

		@Override
		public void channelInactive(ChannelHandlerContext context) {
			this.unanswered.forEach((sink) -> sink.error(new ClosedChannelException()));
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext context, Throwable ex) {
			// Whose answer is whose can no longer be said
			context.close();
		}

	}

}
