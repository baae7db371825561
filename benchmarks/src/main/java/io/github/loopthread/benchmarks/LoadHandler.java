package io.github.loopthread.benchmarks;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;

/**
 * One connection of the load.
 */
class LoadHandler extends SimpleChannelInboundHandler<FullHttpResponse> {

	private final LoadProcess.Run run;

	private final Latencies latencies;

	private long asked;

	private boolean waiting;

	LoadHandler(LoadProcess.Run run, Latencies latencies) {
		this.run = run;
		this.latencies = latencies;
	}

	@Override
	public void channelActive(ChannelHandlerContext context) {
		ask(context);
	}

	@Override
	protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
		this.waiting = false;
		if (response.status().code() == 200 && response.content().isReadable()) {
			this.latencies.add(System.nanoTime() - this.asked);
			this.run.answers().incrementAndGet();
		}
		else {
			this.run.errors().incrementAndGet();
		}
		ask(context);
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) {
		if (this.waiting) {
			this.run.errors().incrementAndGet();
		}
		this.run.open().countDown();
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		context.close();
	}

	private void ask(ChannelHandlerContext context) {
		if (!this.run.mayAsk()) {
			context.close();
			return;
		}
		FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/page",
				Unpooled.EMPTY_BUFFER);
		request.headers().set(HttpHeaderNames.HOST, "localhost");
		this.waiting = true;
		this.asked = System.nanoTime();
		context.writeAndFlush(request, context.voidPromise());
	}

}
