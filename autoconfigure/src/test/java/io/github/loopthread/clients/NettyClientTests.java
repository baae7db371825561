package io.github.loopthread.clients;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.github.loopthread.CallerValues;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.RawServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * A client on plain Netty as a resource of the loop, as {@code docs/clients.md} shows it.
 */
class NettyClientTests {

	private final Semaphore answers = new Semaphore(0);

	private final RawServer server = RawServer.start(this::answer);

	private final LoopResource<LineClient> lines = new ClientConfiguration().lines(this.server.address());

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ZERO),
			List.of(this.lines), CallerValues.loopContext());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	NettyClientTests() throws IOException {
	}

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void stop() throws Exception {
		this.answers.release(100);
		this.loopThread.stop();
		this.server.close();
	}

	@Test
	void returnsAnswer() {
		String answer = this.loop.execute(this.lines.get().ask("How are you?"));
		assertThat(answer).isEqualTo("How are you? Fine");
	}

	@Test
	void everybodyGetsTheirAnswer() {
		List<CompletableFuture<String>> asked = IntStream.range(0, 100)
			.mapToObj((i) -> this.loop.submit(this.lines.get().ask("question " + i)))
			.toList();
		assertThat(asked).extracting(CompletableFuture::join)
			.isEqualTo(IntStream.range(0, 100).mapToObj("question %d Fine"::formatted).toList());
		assertThat(this.server.openConnections()).isEqualTo(1);
	}

	@Test
	void operatorsBehindAnswerRunOnLoopWithContextOfTheirCaller() {
		CompletableFuture<String> alice;
		try (CallerValues values = CallerValues.set("alice")) {
			alice = this.loop.submit(this.lines.get().ask("later").map(NettyClientTests::whatIsSeen));
		}
		CompletableFuture<String> bob;
		try (CallerValues values = CallerValues.set("bob")) {
			bob = this.loop.submit(this.lines.get().ask("later").map(NettyClientTests::whatIsSeen));
		}
		this.answers.release(2);
		assertThat(alice).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("alice on loop-1");
		assertThat(bob).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("bob on loop-1");
	}

	@Test
	void answerThatCameTooLateIsNobodyElses() {
		Mono<String> late = this.lines.get().ask("later");
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.loop.withTimeout(Duration.ofMillis(200)).execute(late));
		this.answers.release();
		assertThat(this.loop.execute(this.lines.get().ask("next"))).isEqualTo("next Fine");
	}

	@Test
	void lostConnectionFailsWhoeverWaitsAndTheNextQuestionConnectsAnew() {
		CompletableFuture<String> pending = this.loop.submit(this.lines.get().ask("quit"));
		assertThat(pending).failsWithin(Duration.ofSeconds(10))
			.withThrowableThat()
			.withCauseInstanceOf(ClosedChannelException.class);
		await().until(() -> this.server.openConnections() == 0);
		assertThat(this.loop.execute(this.lines.get().ask("again"))).isEqualTo("again Fine");
	}

	@Test
	void connectsAnewAtEachStartOfTheLoop() {
		for (int round = 0; round < 3; round++) {
			CompletableFuture<String> pending = this.loop.submit(this.lines.get().ask("later"));
			returnsAfterRelease();
			CompletableFuture<String> open = this.loop.submit(this.lines.get().ask("later"));
			await().until(this.answers::hasQueuedThreads);
			this.loopThread.stop();
			assertThat(pending).isCompletedWithValue("later Fine");
			assertThat(open).failsWithin(Duration.ofSeconds(10)).withThrowableOfType(LoopStoppedException.class);
			this.answers.release();
			await().until(() -> this.server.openConnections() == 0);
			this.loopThread.start();
		}
		returnsAnswer();
	}

	private void returnsAfterRelease() {
		this.answers.release();
		returnsAnswer();
	}

	private void answer(RawServer.Connection connection) throws IOException {
		for (String line = connection.readLine(); !line.equals("quit"); line = connection.readLine()) {
			if (line.equals("later")) {
				this.answers.acquireUninterruptibly();
			}
			connection.write(line + " Fine\n");
		}
	}

	private static String whatIsSeen(String answer) {
		return CallerValues.current() + " on " + Thread.currentThread().getName();
	}

	@Configuration(proxyBeanMethods = false)
	static class ClientConfiguration {

		@Bean
		LoopResource<LineClient> lines(SocketAddress lineServer) {
			return LoopResource.of("lines", (loop) -> Mono.fromSupplier(() -> new LineClient(loop, lineServer)),
					LineClient::close);
		}

	}

}
