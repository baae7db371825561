package io.github.loopthread.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import reactor.netty.NettyPipeline;

/**
 * Lets a connection have one response for each request. Reactor Netty takes an
 * informational response for the answer, and gives a connection that has more to read
 * back to its pool, where the next to use it would read what was sent to another. So
 * informational responses are passed over, and a connection on which there is more than
 * was asked for, or that is to speak another protocol, is closed.
 */
final class ResponseGuard extends ChannelDuplexHandler {

	private static final int CONTINUE = 100;

	private static final int SWITCHING_PROTOCOLS = 101;

	private boolean answerIsDue;

	private boolean continues;

	private boolean informational;

	private boolean switches;

	private boolean passedOver;

	private ByteBuf undecoded = Unpooled.EMPTY_BUFFER;

	private ResponseGuard() {
	}

	/**
	 * Guard a connection if it speaks HTTP/1.1 and nothing else.
	 */
	static void install(Channel channel) {
		ChannelPipeline pipeline = channel.pipeline();
		if (pipeline.get(NettyPipeline.HttpCodec) instanceof HttpClientCodec
				&& pipeline.get(NettyPipeline.H2CUpgradeHandler) == null) {
			ResponseGuard guard = new ResponseGuard();
			pipeline.addBefore(NettyPipeline.HttpCodec, "loop.bytes", guard.new Bytes());
			pipeline.addAfter(NettyPipeline.HttpCodec, "loop.responses", guard);
		}
	}

	@Override
	public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
		if (message instanceof HttpRequest) {
			this.answerIsDue = true;
		}
		context.write(message, promise);
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		if (message instanceof HttpResponse response) {
			begin(response);
		}
		boolean last = message instanceof LastHttpContent;
		if (this.informational) {
			this.informational = !last;
			this.passedOver = true;
			ReferenceCountUtil.release(message);
			return;
		}
		if (last && !this.continues) {
			this.answerIsDue = false;
			if (this.switches || this.undecoded.isReadable()) {
				// Before the message, with which the connection goes back to the pool
				context.close();
			}
		}
		this.passedOver = false;
		context.fireChannelRead(message);
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

	private void begin(HttpResponse response) {
		int status = response.status().code();
		if (status < 100 || status > 999) {
			// Spring would refuse it too, but leave the body unreleased
			response.setDecoderResult(DecoderResult.failure(new IllegalArgumentException("Status code " + status)));
		}
		this.continues = status == CONTINUE;
		this.switches = status == SWITCHING_PROTOCOLS;
		// One that could not be decoded has no end
		this.informational = status > SWITCHING_PROTOCOLS && status < 200 && response.decoderResult().isSuccess();
	}

	/**
	 * What the codec reads. It takes over the buffer that it is given, unless it has
	 * bytes left that it could not decode yet, so these are taken back and given again
	 * together with the next ones.
	 */
	private final class Bytes extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			ResponseGuard guard = ResponseGuard.this;
			if (!guard.answerIsDue || !(message instanceof ByteBuf bytes)) {
				ReferenceCountUtil.release(message);
				context.close();
				return;
			}
			ByteBuf undecoded = guard.undecoded.isReadable() ? join(context, guard.undecoded, bytes) : bytes;
			guard.undecoded = undecoded;
			// The codec may release it before it has passed on the last of its messages
			undecoded.retain();
			try {
				context.fireChannelRead(undecoded);
			}
			finally {
				if (!undecoded.isReadable()) {
					guard.undecoded = Unpooled.EMPTY_BUFFER;
				}
				undecoded.release();
			}
		}

		private static ByteBuf join(ChannelHandlerContext context, ByteBuf undecoded, ByteBuf bytes) {
			try {
				return context.alloc()
					.buffer(undecoded.readableBytes() + bytes.readableBytes())
					.writeBytes(undecoded)
					.writeBytes(bytes);
			}
			finally {
				bytes.release();
			}
		}

	}

}
