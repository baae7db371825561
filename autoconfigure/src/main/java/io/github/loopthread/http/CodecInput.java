package io.github.loopthread.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/**
 * Knows what the codec of a connection has read, and lets it read nothing that was not
 * asked for. The codec takes over the buffer that it is given, unless it has bytes left
 * that it could not decode yet, so these are taken back and given again together with the
 * next ones.
 */
final class CodecInput extends ChannelInboundHandlerAdapter {

	private final ResponseGuard guard;

	private ByteBuf undecoded = Unpooled.EMPTY_BUFFER;

	CodecInput(ResponseGuard guard) {
		this.guard = guard;
	}

	/**
	 * Return whether there are bytes that the codec has been given and has not decoded.
	 */
	boolean hasUndecoded() {
		return this.undecoded.isReadable();
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		if (!this.guard.isAnswerDue() || !(message instanceof ByteBuf bytes)) {
			refuse(context, message);
			return;
		}
		ByteBuf undecoded = hasUndecoded() ? join(context, this.undecoded, bytes) : bytes;
		this.undecoded = undecoded;
		// The codec may release it before it has passed on the last of its messages
		undecoded.retain();
		try {
			context.fireChannelRead(undecoded);
		}
		finally {
			if (!undecoded.isReadable()) {
				this.undecoded = Unpooled.EMPTY_BUFFER;
			}
			undecoded.release();
		}
	}

	private void refuse(ChannelHandlerContext context, Object message) {
		ReferenceCountUtil.release(message);
		if (this.guard.hasEnd()) {
			this.guard.surplus();
		}
		else {
			ResponseGuard.close(context, "there is something to read that was not asked for");
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
