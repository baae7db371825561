package io.github.loopthread.http;

import java.io.IOException;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.FullHttpRequest;
import reactor.core.Exceptions;

/**
 * Closes a connection on which something has failed, as decompression does of what was
 * not compressed. The end of the response is lost then, for which Reactor Netty would
 * wait before it gives up the connection. If it is a fatal error, which Reactor throws
 * instead of passing it on, the task fails at once, unless only memory is missing.
 */
final class FailureHandler extends ChannelDuplexHandler {

	// Of a connection that has ended there will be news
	private static final ChannelFutureListener UNWRITTEN = (written) -> {
		Throwable cause = written.cause();
		if (cause != null && !(cause instanceof IOException)) {
			written.channel().pipeline().fireExceptionCaught(cause);
		}
	};

	@Override
	public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
		if (message instanceof FullHttpRequest request && !request.content().isReadable()) {
			// Reactor Netty does not ask what becomes of a request without body
			context.write(message, promise.unvoid().addListener(UNWRITTEN));
			return;
		}
		context.write(message, promise);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable ex) {
		context.fireExceptionCaught(Exceptions.isFatal(ex) ? fatal(context, ex) : ex);
		ResponseGuard.close(context, "it has failed");
	}

	private static Throwable fatal(ChannelHandlerContext context, Throwable ex) {
		ReadHandler reader = ReadHandler.of(context.channel());
		// As a rule it is the memory for buffers, which is there again when others have
		// released theirs: a matter of this exchange, for which the task may have a
		// fallback
		if (reader != null && !(ex instanceof OutOfMemoryError)) {
			reader.fail(ex);
		}
		return new IOException("A handler of the connection has failed", ex);
	}

}
