package io.github.loopthread.faults;

import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.netty.NettyPipeline;

import io.github.loopthread.faults.Ending.Kind;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Errors thrown in the pipeline of a connection, by a handler that the application has
 * put there.
 */
@Timeout(60)
class HandlerErrorTests {

	private static final AtomicReference<@Nullable Place> place = new AtomicReference<>();

	private static final AtomicReference<@Nullable Throwable> error = new AtomicReference<>();

	@AutoClose
	private static final HostileServer server = HostileServer.start();

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.create()
		.customized((client) -> client.doOnChannelInit((observer, channel, address) -> channel.pipeline()
			.addBefore(NettyPipeline.ReactiveBridge, "broken", new BrokenHandler())));

	@AfterEach
	void mend() {
		place.set(null);
	}

	@ParameterizedTest(name = "F4 {0} in {1}, used connection {2}")
	@MethodSource("rows")
	void callerIsToldAtOnceAndConnectionClosed(Throwable thrown, Place where, boolean used) {
		if (used) {
			server.assertIsCalledAsBefore(client);
		}
		error.set(thrown);
		place.set(where);
		Ending ending = client.get(DefaultClient.LONG, server.url());
		place.set(null);
		assertThat(ending.kind()).as(ending.toString()).isIn(Kind.NO_RESPONSE, Kind.BROKEN_BODY, Kind.OTHER);
		server.awaitNoConnection();
		server.assertIsCalledAsBefore(client);
	}

	static Stream<Arguments> rows() {
		return Stream
			.of(new NoClassDefFoundError("missing"), new StackOverflowError("deep"), new OutOfMemoryError("full"),
					new AssertionError("wrong"), new IllegalStateException("bad"))
			.flatMap((thrown) -> Stream.of(Place.values())
				.flatMap((where) -> Stream.of(false, true).map((used) -> Arguments.of(thrown, where, used))));
	}

	private enum Place {

		READ, READ_COMPLETE, WRITE

	}

	private static final class BrokenHandler extends ChannelDuplexHandler {

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			try {
				fail(Place.READ);
			}
			catch (Throwable ex) {
				ReferenceCountUtil.release(message);
				throw ex;
			}
			context.fireChannelRead(message);
		}

		@Override
		public void channelReadComplete(ChannelHandlerContext context) {
			fail(Place.READ_COMPLETE);
			context.fireChannelReadComplete();
		}

		@Override
		public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
			try {
				fail(Place.WRITE);
			}
			catch (Throwable ex) {
				ReferenceCountUtil.release(message);
				throw ex;
			}
			context.write(message, promise);
		}

		private static void fail(Place here) {
			if (place.get() == here) {
				BrokenHandler.<RuntimeException>sneak(error.get());
			}
		}

		@SuppressWarnings("unchecked")
		private static <X extends Throwable> void sneak(Throwable ex) throws X {
			throw (X) ex;
		}

	}

}
