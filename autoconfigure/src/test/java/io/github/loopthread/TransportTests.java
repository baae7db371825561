package io.github.loopthread;

import java.time.Duration;
import java.util.List;

import io.netty.channel.Channel;
import io.netty.channel.ReflectiveChannelFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link Transport}.
 */
@Timeout(60)
class TransportTests {

	@Test
	void nioAndAutoAreAvailableEverywhere() {
		Transport.NIO.assertAvailable();
		Transport.AUTO.assertAvailable();
		assertThat(Transport.NIO.resolve()).isEqualTo(Transport.NIO);
	}

	@Test
	@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
	void autoIsEpollOnLinux() {
		assertThat(Transport.AUTO.resolve()).isEqualTo(Transport.EPOLL);
	}

	@Test
	void areCalledAsTheyAreWrittenInProperties() {
		assertThat(Transport.values()).extracting(Transport::toString)
			.containsExactly("auto", "nio", "epoll", "io-uring", "kqueue");
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void sayWhatIsMissing() {
		assertThatIllegalStateException().isThrownBy(Transport.KQUEUE::assertAvailable)
			.withMessageContaining("'kqueue'")
			.withMessageContaining("io.netty:netty-transport-native-kqueue")
			.withMessageContaining("'auto'");
		assertThatIllegalStateException().isThrownBy(Transport.IO_URING::assertAvailable)
			.withMessageContaining("'io-uring'");
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void loopWithMissingTransportDoesNotStart() {
		LoopThread loopThread = new LoopThread(LoopSettings.defaults().withTransport(Transport.KQUEUE), List.of());
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(loopThread::start)
			.withMessageContaining("'kqueue'");
		assertThat(loopThread.state()).isEqualTo(LoopThread.State.STOPPED);
		LoopThreads.assertNone("loop");
	}

	@Test
	void everyAvailableTransportRunsTasks() {
		for (Transport transport : List.of(Transport.NIO, Transport.AUTO)) {
			LoopThread loopThread = new LoopThread(LoopSettings.defaults().withTransport(transport), List.of());
			loopThread.start();
			LoopTemplate template = new LoopTemplate(loopThread, Duration.ofSeconds(10));
			assertThat(template.execute(Mono.just(transport))).isEqualTo(transport);
			loopThread.stop();
		}
		LoopThreads.assertNone("loop");
	}

	@Test
	void everyAvailableTransportNamesChannelsThatItsLoopCanHave() {
		for (Transport transport : List.of(Transport.NIO, Transport.AUTO)) {
			LoopThread loopThread = new LoopThread(LoopSettings.defaults().withTransport(transport), List.of());
			loopThread.start();
			assertThat(loopThread.getTransport()).isEqualTo(transport.resolve());
			for (Class<? extends Channel> type : List.of(transport.socketChannelType(),
					transport.datagramChannelType())) {
				Channel channel = new ReflectiveChannelFactory<>(type).newChannel();
				assertThat(loopThread.eventLoopGroup().register(channel).awaitUninterruptibly().isSuccess())
					.as(type.getName())
					.isTrue();
				channel.close().awaitUninterruptibly();
			}
			loopThread.stop();
		}
	}

}
