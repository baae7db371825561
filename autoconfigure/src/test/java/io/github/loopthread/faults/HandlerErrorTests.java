package io.github.loopthread.faults;

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
import reactor.core.publisher.Mono;
import reactor.netty.NettyPipeline;

import org.springframework.http.HttpMethod;

import io.github.loopthread.faults.Ending.Kind;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Errors and exceptions thrown in the pipeline of a connection, by a handler that the
 * application has put there.
 */
@Timeout(60)
class HandlerErrorTests {

	private static volatile @Nullable Fault fault;

	@AutoClose
	private static final HostileServer server = HostileServer.start();

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.create()
		.customized((client) -> client.doOnChannelInit((observer, channel, address) -> channel.pipeline()
			.addBefore(NettyPipeline.ReactiveBridge, "broken", new BrokenHandler())));

	@AfterEach
	void mend() {
		fault = null;
	}

	@ParameterizedTest(name = "F4 {0} in {1}, {2}, used connection {3}")
	@MethodSource("rows")
	void callerIsToldAtOnceAndTheNextIsServed(Throwable thrown, Place place, HttpMethod method, boolean used) {
		if (used) {
			server.assertIsCalledAsBefore(client);
		}
		fault = new Fault(thrown, place);
		Ending ending = client.call(DefaultClient.LONG, body(method));
		fault = null;
		assertThat(ending.kind()).as(ending.toString()).isIn(Kind.NO_RESPONSE, Kind.OTHER);
		boolean ofBody = place == Place.WRITE && method == HttpMethod.POST;
		if (thrown instanceof LinkageError || (thrown instanceof VirtualMachineError && ofBody)) {
			assertThat(ending.failure()).isSameAs(thrown);
		}
		else {
			assertThat(ending.failure()).hasRootCause(thrown);
		}
		if (place == Place.READ) {
			server.awaitNoConnection();
		}
		server.assertIsCalledAsBefore(client);
	}

	static Stream<Arguments> rows() {
		return Stream
			.of(new NoClassDefFoundError("missing"), new OutOfMemoryError("full"), new IllegalStateException("bad"))
			.flatMap((thrown) -> Stream.of(Place.values())
				.flatMap((place) -> Stream.of(HttpMethod.GET, HttpMethod.POST)
					.flatMap((method) -> Stream.of(false, true)
						.map((used) -> Arguments.of(thrown, place, method, used)))));
	}

	private static Mono<String> body(HttpMethod method) {
		var request = client.web().method(method).uri(server.url());
		return ((method == HttpMethod.POST) ? request.bodyValue("body") : request).retrieve().bodyToMono(String.class);
	}

	private enum Place {

		READ, WRITE

	}

	private record Fault(Throwable thrown, Place place) {

		static void at(Place place, Object message) {
			Fault fault = HandlerErrorTests.fault;
			if (fault != null && fault.place == place) {
				ReferenceCountUtil.release(message);
				Fault.<RuntimeException>sneak(fault.thrown);
			}
		}

		@SuppressWarnings("unchecked")
		private static <X extends Throwable> void sneak(Throwable thrown) throws X {
			throw (X) thrown;
		}

	}

	private static final class BrokenHandler extends ChannelDuplexHandler {

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			Fault.at(Place.READ, message);
			context.fireChannelRead(message);
		}

		@Override
		public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
			Fault.at(Place.WRITE, message);
			context.write(message, promise);
		}

	}

}
