package io.github.loopthread.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

/**
 * Passes over informational responses, which Reactor Netty would take for the answer.
 */
final class InformationalResponses extends ChannelInboundHandlerAdapter {

	private boolean informational;

	private boolean passedOver;

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		if (message instanceof HttpResponse response) {
			this.informational = isInformational(response);
		}
		this.passedOver = this.informational;
		if (!this.informational) {
			context.fireChannelRead(message);
			return;
		}
		this.informational = !(message instanceof LastHttpContent);
		ReferenceCountUtil.release(message);
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext context) {
		context.fireChannelReadComplete();
		if (this.passedOver) {
			// Nobody else has seen anything on which to ask for more
			this.passedOver = false;
			context.read();
		}
	}

	private static boolean isInformational(HttpResponse response) {
		// Behind one that changes the protocol no other comes, and one that could not be
		// decoded has no end
		return HttpStatusClass.INFORMATIONAL.contains(response.status().code())
				&& !response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)
				&& response.decoderResult().isSuccess();
	}

}
