package io.github.loopthread.benchmarks.ways;

import java.io.IOException;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;

/**
 * Collects the response of the current exchange of a connection.
 */
class NettyExchangeHandler extends SimpleChannelInboundHandler<HttpObject> {

	private final NettyHttpClient client;

	private byte[] body;

	private int length;

	NettyExchangeHandler(NettyHttpClient client) {
		this.client = client;
	}

	@Override
	protected void channelRead0(ChannelHandlerContext context, HttpObject message) throws IOException {
		if (message instanceof HttpResponse response) {
			if (response.status().code() != 200) {
				throw new IOException("Status " + response.status());
			}
			this.body = new byte[HttpUtil.getContentLength(response, 0)];
			this.length = 0;
		}
		if (message instanceof HttpContent content) {
			ByteBuf bytes = content.content();
			int readable = bytes.readableBytes();
			bytes.readBytes(this.body, this.length, readable);
			this.length += readable;
		}
		if (message instanceof LastHttpContent) {
			NettyExchange exchange = context.channel().attr(NettyExchange.CURRENT).getAndSet(null);
			this.client.release(context.channel());
			exchange.succeed(this.body);
		}
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) {
		fail(context, new IOException("Connection closed"));
		this.client.remove(context.channel());
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		fail(context, cause);
		context.close();
	}

	private void fail(ChannelHandlerContext context, Throwable failure) {
		NettyExchange exchange = context.channel().attr(NettyExchange.CURRENT).getAndSet(null);
		if (exchange != null) {
			exchange.fail(failure);
		}
	}

}
