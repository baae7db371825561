package io.github.loopthread.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;

/**
 * Tells the guard of a connection when that has been read. A read that fills its buffer
 * is followed by another one at once, as the system may have more.
 */
final class ReadProgress extends ChannelInboundHandlerAdapter {

	private final ResponseGuard guard;

	private int reads;

	ReadProgress(ResponseGuard guard) {
		this.guard = guard;
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		boolean full = message instanceof ByteBuf bytes && !bytes.isWritable();
		this.reads++;
		this.guard.setReading(true);
		try {
			context.fireChannelRead(message);
		}
		finally {
			this.guard.setReading(false);
		}
		if (!full) {
			this.guard.passEnd();
		}
		else if (this.guard.hasEnd()) {
			// Else the next one waits until somebody asks for more
			context.channel().config().setAutoRead(true);
			if (this.reads >= readsAtOnce(context)) {
				this.guard.surplus();
			}
		}
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext context) {
		this.reads = 0;
		if (this.guard.hasEnd() && hasEnded(context)) {
			ResponseGuard.close(context, "the server has closed it with the response");
		}
		this.guard.passEnd();
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
