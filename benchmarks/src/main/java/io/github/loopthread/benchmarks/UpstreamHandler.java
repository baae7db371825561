package io.github.loopthread.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;

/**
 * Answers each {@code GET} with bytes that lie ready. Understands as much of HTTP as the
 * measured clients send: requests without a body, on connections that stay open.
 */
class UpstreamHandler extends ByteToMessageDecoder {

	private static final ByteBuf END = Unpooled
		.unreleasableBuffer(Unpooled.wrappedBuffer("\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));

	private static final Map<String, Answer> answers = new ConcurrentHashMap<>();

	@Override
	protected void decode(ChannelHandlerContext context, ByteBuf in, java.util.List<Object> out) {
		int length = ByteBufUtil.indexOf(END.duplicate(), in);
		while (length >= 0) {
			answer(context, target(in));
			in.skipBytes(length - in.readerIndex() + END.readableBytes());
			length = in.isReadable() ? ByteBufUtil.indexOf(END.duplicate(), in) : -1;
		}
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext context) throws Exception {
		context.flush();
		super.channelReadComplete(context);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		context.close();
	}

	private static String target(ByteBuf in) {
		int start = in.readerIndex() + "GET ".length();
		int end = in.indexOf(start, in.writerIndex(), (byte) ' ');
		return in.toString(start, end - start, StandardCharsets.US_ASCII);
	}

	private static void answer(ChannelHandlerContext context, String target) {
		Answer answer = answers.computeIfAbsent(target, Answer::to);
		if (answer.delayMillis() == 0) {
			context.write(answer.content().duplicate(), context.voidPromise());
			return;
		}
		context.executor()
			.schedule(() -> context.writeAndFlush(answer.content().duplicate(), context.voidPromise()),
					answer.delayMillis(), TimeUnit.MILLISECONDS);
	}

	private record Answer(ByteBuf content, int delayMillis) {

		static Answer to(String target) {
			String[] parts = target.split("/", -1);
			byte[] body = Body.of(parts[1]).bytes(Integer.parseInt(parts[3]));
			String head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
				.formatted(body.length);
			ByteBuf content = Unpooled.directBuffer(head.length() + body.length);
			content.writeCharSequence(head, StandardCharsets.US_ASCII);
			content.writeBytes(body);
			return new Answer(Unpooled.unreleasableBuffer(content.asReadOnly()), Integer.parseInt(parts[2]));
		}

	}

}
