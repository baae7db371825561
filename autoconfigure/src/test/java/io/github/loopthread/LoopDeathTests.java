package io.github.loopthread;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

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
		Queue<LoopStoppedException> outcomes = new ConcurrentLinkedQueue<>();
		AtomicLong lastAwake = new AtomicLong();
		List<Thread> callers = new ArrayList<>();
		for (int i = 0; i < CALLERS; i++) {
			Thread caller = new Thread(() -> assertThatExceptionOfType(LoopStoppedException.class)
				.isThrownBy(() -> this.loop.execute(Mono.never()))
				.satisfies((ex) -> {
					lastAwake.accumulateAndGet(System.nanoTime(), Math::max);
					outcomes.add(ex);
				}));
			caller.start();
			callers.add(caller);
		}
		await().until(() -> this.loopThread.activeTasks() == CALLERS);
		kill();
		await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
		long died = System.nanoTime();
		for (Thread caller : callers) {
			caller.join(20_000);
		}
		assertThat(outcomes).hasSize(CALLERS).allSatisfy((ex) -> assertThat(ex).hasCause(this.error));
		System.out.printf("%d callers awake %d ms after the loop was seen dead%n", CALLERS,
				Math.max(0, TimeUnit.NANOSECONDS.toMillis(lastAwake.get() - died)));
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
		assertThat(output).containsOnlyOnce(
				"Loop 'loop-1' ended by itself. The next start makes a new one%n%s".formatted(this.error));
	}

	private void kill() throws Exception {
		Pipe pipe = Pipe.open();
		pipe.source().configureBlocking(false);
		IoEventLoop eventLoop = (IoEventLoop) this.loopThread.eventLoopGroup().next();
		IoRegistration registration = eventLoop.register(new NioSelectableChannelIoHandle<>(pipe.source()) {

			@Override
			protected void handle(Pipe.SourceChannel channel, SelectionKey key) {
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
