package io.github.loopthread.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.netty.Connection;
import reactor.netty.NettyPipeline;

/**
 * Lets a connection have one response for each request. Reactor Netty gives a connection
 * that has more to read back to its pool, where the next to use it would read what was
 * sent to another. So a connection on which there is more than was asked for, or that is
 * to speak another protocol, is closed. With the end of a response the connection may be
 * given to somebody else at once, so that it is passed on when the connection has been
 * read.
 */
final class ResponseGuard extends ChannelDuplexHandler {

	private static final Log logger = LogFactory.getLog(ResponseGuard.class);

	private final CodecInput input = new CodecInput(this);

	private boolean answerIsDue;

	private boolean switches;

	private boolean reading;

	private boolean surplus;

	// Whether TLS has ended without saying so
	private boolean cutOff;

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
			pipeline.addFirst("loop.reads", new ReadProgress(guard));
			pipeline.addBefore(NettyPipeline.HttpCodec, "loop.bytes", guard.input);
			pipeline.addAfter(NettyPipeline.HttpCodec, "loop.responses", guard);
			pipeline.addAfter(NettyPipeline.HttpCodec, "loop.informational", new InformationalResponses());
			pipeline.addBefore(NettyPipeline.ReactiveBridge, "loop.failures", new FailureHandler());
		}
	}

	/**
	 * Close a connection, which nobody is given from now on.
	 */
	static void close(ChannelHandlerContext context, String reason) {
		if (logger.isDebugEnabled()) {
			logger.debug("Closing the connection to %s: %s".formatted(context.channel().remoteAddress(), reason));
		}
		// With TLS it is open until that has said goodbye, and would go back to the pool
		Connection.from(context.channel()).markPersistent(false);
		context.close();
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
		if (!(message instanceof LastHttpContent)) {
			context.fireChannelRead(message);
			return;
		}
		if (this.cutOff) {
			// Somebody on the way may have made it the end: without it, it is none
			ReferenceCountUtil.release(message);
			return;
		}
		this.answerIsDue = false;
		this.surplus = this.input.hasUndecoded();
		this.end = message;
		if (!this.reading) {
			passEnd();
		}
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext context, Object event) {
		if (event instanceof SslCloseCompletionEvent closing) {
			this.cutOff = !closing.isSuccess();
			// The end of TLS does not break off a response that has come
			if (this.end != null && closing.isSuccess()) {
				close(context, "the server has ended TLS with the response");
				passEnd();
			}
		}
		context.fireUserEventTriggered(event);
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) {
		passEnd();
		context.fireChannelInactive();
	}

	/**
	 * Return whether there is a request that has not had the whole of its response.
	 */
	boolean isAnswerDue() {
		return this.answerIsDue;
	}

	/**
	 * Return whether the end of a response is kept back.
	 */
	boolean hasEnd() {
		return this.end != null;
	}

	/**
	 * Say whether more may come of what has been read.
	 */
	void setReading(boolean reading) {
		this.reading = reading;
	}

	/**
	 * Say that there is, or may be, more than was asked for behind the response.
	 */
	void surplus() {
		this.surplus = true;
	}

	/**
	 * Pass on the end of a response, if it is kept back: there is nothing more to read.
	 */
	void passEnd() {
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

	private void begin(HttpResponse response) {
		int status = response.status().code();
		if (status < 100 || status > 999) {
			// Spring would refuse it too, but leave the body unreleased
			response.setDecoderResult(DecoderResult.failure(new IllegalArgumentException("Status code " + status)));
		}
		this.switches = status == HttpResponseStatus.SWITCHING_PROTOCOLS.code();
	}

}
