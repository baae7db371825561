package io.github.loopthread.faults;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

import io.netty.channel.Channel;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

import io.github.loopthread.LoopFreezer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Servers that close the connection as soon as they have answered, without saying so in
 * the response: the loop finds the response and the end of the connection together.
 */
@Timeout(60)
class ClosedConnectionTests {

	// What a first read takes at most
	private static final int FULL = 2048;

	private static final TestCertificates certificates = new TestCertificates();

	private static final Queue<Channel> channels = new ConcurrentLinkedQueue<>();

	@AutoClose
	private static final HostileServer http = HostileServer.start();

	@AutoClose
	private static final HostileServer https = HostileServer.start(certificates.server());

	@RegisterExtension
	private static final DefaultClient auto = client("auto");

	@RegisterExtension
	private static final DefaultClient nio = client("nio");

	private static final Map<String, HostileServer> servers = Map.of("http", http, "https", https);

	private static final Map<String, DefaultClient> clients = Map.of("auto", auto, "nio", nio);

	@BeforeEach
	void forget() {
		channels.clear();
	}

	@ParameterizedTest(name = "CP4 connection that is closed with a response of {2} bytes, {0}, {1}")
	@CsvSource({ "http, auto, 100", "https, auto, 100", "http, nio, 100", "https, nio, 100", "http, auto, " + FULL,
			"http, nio, " + FULL })
	void doesNotStay(String scheme, String transport, int size) {
		DefaultClient client = clients.get(transport);
		Answer answer = new Answer(servers.get(scheme), size);
		CompletableFuture<String> served = client.loop().submit(answer.call(client));
		answer.comeWithEnd(client);
		assertThat(served).succeedsWithin(DefaultClient.LONG);
		await().until(() -> !channels.isEmpty() && channels.stream().noneMatch(Channel::isActive));
		answer.server.assertIsCalledAsBefore(client);
	}

	@ParameterizedTest(
			name = "CP4 connection that is closed with a response of {2} bytes, somebody waits for it, {0}, {1}")
	@CsvSource({ "https, auto, 100", "https, nio, 100", "http, auto, " + FULL, "http, nio, " + FULL })
	void isNotGivenToTheNext(String scheme, String transport, int size) {
		DefaultClient client = clients.get(transport);
		Answer answer = new Answer(servers.get(scheme), size);
		CompletableFuture<String> served = client.loop().submit(answer.call(client));
		Latches.await(answer.asked);
		CompletableFuture<String> waits = client.loop().submit(answer.call(client));
		await().until(() -> client.connector().pendingRequests() == 1);
		answer.comeWithEnd(client);
		assertThat(served).succeedsWithin(DefaultClient.LONG);
		assertThat(waits).succeedsWithin(DefaultClient.LONG).isEqualTo("hello");
	}

	private static DefaultClient client(String transport) {
		return DefaultClient
			.trusting(certificates.issuer(), "loop.web-client.max-connections=1", "loop.transport=" + transport)
			.customized((client) -> client.doOnConnected((connection) -> channels.add(connection.channel())));
	}

	/**
	 * What a server answers to the first request, whereupon it closes. It answers others
	 * as it should.
	 */
	private static final class Answer {

		private final HostileServer server;

		private final CountDownLatch asked = new CountDownLatch(1);

		private final CountDownLatch awaited = new CountDownLatch(1);

		private final CountDownLatch sent = new CountDownLatch(1);

		Answer(HostileServer server, int size) {
			String head = HostileServer.OK + "Content-Length: %5d\n\n";
			int length = size - head.formatted(0).replace("\n", "\r\n").length();
			String response = head.formatted(length) + "x".repeat(length);
			AtomicBoolean first = new AtomicBoolean(true);
			this.server = server;
			server.answer((connection) -> {
				if (first.getAndSet(false)) {
					this.asked.countDown();
					Latches.await(this.awaited);
					connection.write(response).close();
					this.sent.countDown();
				}
				else {
					connection.write(HostileServer.HELLO);
				}
			});
		}

		Mono<String> call(DefaultClient client) {
			return client.body(this.server.url());
		}

		/**
		 * Have the response sent while the loop is busy, so that it finds everything when
		 * it reads.
		 */
		void comeWithEnd(DefaultClient client) {
			Latches.await(this.asked);
			try (LoopFreezer freezer = LoopFreezer.freeze(client.loopThread())) {
				this.awaited.countDown();
				Latches.await(this.sent);
			}
		}

	}

}
