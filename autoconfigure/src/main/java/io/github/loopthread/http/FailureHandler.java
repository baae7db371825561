package io.github.loopthread.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Closes a connection on which something has failed, as decompression does of what was
 * not compressed. The end of the response is lost then, for which Reactor Netty would
 * wait before it gives up the connection.
 */
final class FailureHandler extends ChannelInboundHandlerAdapter {

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable ex) {
		context.fireExceptionCaught(ex);
		ResponseGuard.close(context, "it has failed");
	}

}
