package io.github.loopthread;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoOps;
import io.netty.channel.nio.NioSelectableChannelIoHandle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * The loop dies of an error in its input and output, which nothing can survive.
 */
@ExtendWith(OutputCaptureExtension.class)
class LoopDeathTests {

	private static final int CALLERS = 1000;

	private final NoClassDefFoundError error = new NoClassDefFoundError("out of the I/O handler");

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults().withTransport(Transport.NIO),
			List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(50));

	// Written by the loop before it dies, read when that has woken the callers
	private long diedNanos;

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void stopAndLeaveNothing() {
		this.loopThread.stop();
		LoopThreads.assertNone("loop");
	}

	@Test
	void wakesEveryCallerWithTheCauseRefusesNewOnesAndStartsAnew() throws Exception {
		WaitingCallers callers = WaitingCallers.start(CALLERS, this.loop);
		kill();
		assertThat(callers.outcomes())
			.allSatisfy((ex) -> assertThat(ex).isInstanceOf(LoopStoppedException.class).hasCause(this.error));
		double millis = callers.lastAwakeMillisAfter(this.diedNanos);
		System.out.printf("%d callers awake %.1f ms after the death of the loop%n", CALLERS, millis);
		assertThat(millis).isLessThan(5_000);
		await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
		assertThat(this.loopThread.isRunning()).isFalse();
		assertThat(this.loopThread.activeTasks()).isZero();
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(() -> this.loop.execute(Mono.just("never")))
			.withMessageContaining("ended by itself");
		this.loopThread.start();
		assertThat(this.loop.execute(Mono.just("alive"))).isEqualTo("alive");
	}

	@Test
	void isReportedOnceWithTheCause(CapturedOutput output) throws Exception {
		kill();
		await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
		assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> this.loop.execute(Mono.just("never")));
		this.loopThread.stop();
		String report = "Loop 'loop-1' ended by itself. The next start makes a new one";
		await().untilAsserted(() -> assertThat(output).containsOnlyOnce(report));
		assertThat(output.getAll().substring(output.getAll().indexOf(report))).contains(this.error.toString());
	}

	private void kill() throws Exception {
		Pipe pipe = Pipe.open();
		pipe.source().configureBlocking(false);
		IoEventLoop eventLoop = (IoEventLoop) this.loopThread.eventLoopGroup().next();
		IoRegistration registration = eventLoop.register(new NioSelectableChannelIoHandle<>(pipe.source()) {

			@Override
			protected void handle(Pipe.SourceChannel channel, SelectionKey key) {
				LoopDeathTests.this.diedNanos = System.nanoTime();
				throw LoopDeathTests.this.error;
			}

			@Override
			protected void deregister(Pipe.SourceChannel channel) {
				closeBoth(pipe);
			}

		}).get(10, TimeUnit.SECONDS);
		registration.submit(NioIoOps.valueOf(SelectionKey.OP_READ));
		pipe.sink().write(ByteBuffer.wrap(new byte[1]));
	}

	private static void closeBoth(Pipe pipe) {
		try {
			pipe.source().close();
			pipe.sink().close();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
