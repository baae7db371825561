package io.github.loopthread.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.netty.Connection;
import reactor.netty.NettyPipeline;

/**
 * Lets a connection have one response for each request. Reactor Netty takes an
 * informational response for the answer, and gives a connection that has more to read
 * back to its pool, where the next to use it would read what was sent to another. So
 * informational responses are passed over, and a connection on which there is more than
 * was asked for, or that is to speak another protocol, is closed. With the end of a
 * response the connection may be given to somebody else at once, so that it is passed on
 * when the connection has been read.
 */
final class ResponseGuard extends ChannelDuplexHandler {

	private static final Log logger = LogFactory.getLog(ResponseGuard.class);

	private static final int CONTINUE = 100;

	private static final int SWITCHING_PROTOCOLS = 101;

	private boolean answerIsDue;

	private boolean continues;

	private boolean informational;

	private boolean switches;

	private boolean passedOver;

	private boolean reading;

	private boolean surplus;

	private ByteBuf undecoded = Unpooled.EMPTY_BUFFER;

	// The end of a response, until it is known whether there is more
	private @Nullable Object end;

	private @Nullable ChannelHandlerContext context;

	private @Nullable ChannelPromise sent;

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
			// Before TLS, which may make several messages of one read
			pipeline.addFirst("loop.reads", guard.new Reads());
			pipeline.addBefore(NettyPipeline.HttpCodec, "loop.bytes", guard.new Bytes());
			pipeline.addAfter(NettyPipeline.HttpCodec, "loop.responses", guard);
			pipeline.addBefore(NettyPipeline.ReactiveBridge, "loop.failures", new Failures());
		}
	}

	@Override
	public void handlerAdded(ChannelHandlerContext context) {
		this.context = context;
	}

	@Override
	public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
		if (message instanceof HttpRequest) {
			this.answerIsDue = true;
			this.sent = null;
		}
		if (message instanceof LastHttpContent) {
			// The same one, unless nobody has asked for it
			this.sent = promise.unvoid();
			context.write(message, this.sent);
			return;
		}
		context.write(message, promise);
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		if (this.end != null) {
			this.surplus = true;
			ReferenceCountUtil.release(message);
			return;
		}
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
		this.passedOver = false;
		if (last && !this.continues) {
			this.answerIsDue = false;
			this.surplus = this.undecoded.isReadable();
			this.end = message;
			if (!this.reading) {
				passEnd();
			}
			return;
		}
		context.fireChannelRead(message);
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext context, Object event) {
		// The end of TLS does not break off a response that has come
		if (this.end != null && event instanceof SslCloseCompletionEvent closing && closing.isSuccess()) {
			close(context, "the server has ended TLS with the response");
			passEnd();
		}
		context.fireUserEventTriggered(event);
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) {
		passEnd();
		context.fireChannelInactive();
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

	private void passEnd() {
		Object end = this.end;
		ChannelHandlerContext context = this.context;
		if (end == null || context == null) {
			return;
		}
		this.end = null;
		// Before the message, with which the connection goes back to the pool
		if (this.switches) {
			close(context, "it is to speak another protocol");
		}
		else if (this.surplus) {
			close(context, "there is more behind the response than was asked for");
		}
		else if (this.sent == null || !this.sent.isDone()) {
			close(context, "the response has come before the end of the request was sent");
		}
		context.fireChannelRead(end);
	}

	private static void close(ChannelHandlerContext context, String reason) {
		if (logger.isDebugEnabled()) {
			logger.debug("Closing the connection to %s: %s".formatted(context.channel().remoteAddress(), reason));
		}
		// With TLS it is open until that has said goodbye, and would go back to the pool
		Connection.from(context.channel()).markPersistent(false);
		context.close();
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
	 * Closes a connection on which something has failed, as decompression does of what
	 * was not compressed. The end of the response is lost then, for which Reactor Netty
	 * would wait before it gives up the connection.
	 */
	private static final class Failures extends ChannelInboundHandlerAdapter {

		@Override
		public void exceptionCaught(ChannelHandlerContext context, Throwable ex) {
			context.fireExceptionCaught(ex);
			close(context, "it has failed");
		}

	}

	/**
	 * When the connection is read. A read that fills its buffer is followed by another
	 * one at once, as the system may have more.
	 */
	private final class Reads extends ChannelInboundHandlerAdapter {

		private int reads;

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			ResponseGuard guard = ResponseGuard.this;
			boolean full = message instanceof ByteBuf bytes && !bytes.isWritable();
			this.reads++;
			guard.reading = true;
			try {
				context.fireChannelRead(message);
			}
			finally {
				guard.reading = false;
			}
			if (!full) {
				passEnd();
			}
			else if (guard.end != null) {
				// Else the next one waits until somebody asks for more
				context.channel().config().setAutoRead(true);
				guard.surplus |= this.reads >= readsAtOnce(context);
			}
		}

		@Override
		public void channelReadComplete(ChannelHandlerContext context) {
			this.reads = 0;
			if (ResponseGuard.this.end != null && hasEnded(context)) {
				close(context, "the server has closed it with the response");
			}
			passEnd();
			context.fireChannelReadComplete();
		}

		private static boolean hasEnded(ChannelHandlerContext context) {
			// Netty closes the channel when all handlers know that it has been read
			return context.channel().unsafe().recvBufAllocHandle().lastBytesRead() < 0;
		}

		private static int readsAtOnce(ChannelHandlerContext context) {
			return (context.channel()
				.config()
				.getRecvByteBufAllocator() instanceof MaxMessagesRecvByteBufAllocator allocator)
						? allocator.maxMessagesPerRead() : 1;
		}

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
				if (guard.end != null) {
					guard.surplus = true;
				}
				else {
					close(context, "there is something to read that was not asked for");
				}
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
