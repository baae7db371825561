package io.github.loopthread.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquirePendingLimitException;
import reactor.netty.internal.shaded.reactor.pool.PoolAcquireTimeoutException;

import io.github.loopthread.LoopFreezer;
import io.github.loopthread.RawServer.Connection;
import io.github.loopthread.faults.Ending.Kind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A pool of one connection to each host that somebody else has, or that has one that the
 * server has closed.
 */
@Timeout(60)
class BusyPoolTests {

	private static final int FACTOR = Integer.getInteger("storm.factor", 1);

	@AutoClose
	private static final HostileServer server = HostileServer.start();

	@AutoClose
	private static final HostileServer other = HostileServer.start();

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.create("loop.web-client.max-connections=1",
			"loop.web-client.pending-acquire-max-count=1");

	@RegisterExtension
	private static final DefaultClient impatient = DefaultClient.create("loop.web-client.max-connections=1",
			"loop.web-client.pending-acquire-timeout=5ms");

	@RegisterExtension
	private static final DefaultClient forgetful = DefaultClient.create("loop.web-client.max-idle-time=1ms");

	@BeforeEach
	void greet() {
		server.answer((connection) -> connection.write(HostileServer.HELLO));
		server.takeHeads();
	}

	@Test
	@DisplayName("CP2 pending queue full")
	void callBeyondQueueIsRefusedAtOnceAndOthersGoOn() {
		CountDownLatch release = new CountDownLatch(1);
		server.answer((connection) -> {
			Latches.await(release);
			connection.write(HostileServer.HELLO);
		});
		CompletableFuture<String> served = client.loop().submit(client.body(server.url()));
		await().until(() -> client.connector().activeConnections() == 1);
		CompletableFuture<String> waiting = client.loop().submit(client.body(server.url()));
		await().until(() -> client.connector().pendingRequests() == 1);
		Ending refused = client.get(DefaultClient.LONG, server.url());
		assertThat(refused.kind()).isEqualTo(Kind.NO_RESPONSE);
		assertThat(refused.failure()).hasCauseInstanceOf(PoolAcquirePendingLimitException.class);
		release.countDown();
		assertThat(served).succeedsWithin(DefaultClient.LONG).isEqualTo("hello");
		assertThat(waiting).succeedsWithin(DefaultClient.LONG).isEqualTo("hello");
	}

	@Test
	@DisplayName("P10 slow responses hold all connections of a host")
	void otherHostsAreCalledAsBefore() {
		server.answer((connection) -> connection.write(HostileServer.OK + "Content-Length: 100\n\n").stall());
		CompletableFuture<String> slow = client.loop().submit(client.body(server.url()));
		await().until(() -> client.connector().activeConnections() == 1);
		CompletableFuture<String> waiting = client.loop().submit(client.body(server.url()));
		await().until(() -> client.connector().pendingRequests() == 1);
		for (int i = 0; i < 20; i++) {
			other.assertIsCalledAsBefore(client);
		}
		assertThat(slow).isNotDone();
		assertThat(waiting).isNotDone();
		waiting.cancel(true);
		slow.cancel(true);
	}

	@Test
	@DisplayName("CP3 connection and timeout at the same moment")
	void whoeverIsServedIsNotTimedOut() throws Exception {
		List<String> served = new ArrayList<>();
		List<String> timedOut = new ArrayList<>();
		for (int i = 0; i < 100 * FACTOR; i++) {
			CountDownLatch free = new CountDownLatch(1);
			CountDownLatch answered = new CountDownLatch(1);
			CountDownLatch asked = new CountDownLatch(1);
			AtomicInteger requests = new AtomicInteger();
			server.answer((connection) -> {
				if (requests.getAndIncrement() == 0) {
					asked.countDown();
					Latches.await(free);
					connection.write(HostileServer.HELLO);
					answered.countDown();
				}
				else {
					connection.write(HostileServer.HELLO);
				}
			});
			CompletableFuture<String> first = impatient.loop().submit(impatient.body(server.url()));
			Latches.await(asked);
			String path = "/second/" + i;
			CompletableFuture<String> second = impatient.loop().submit(impatient.body(server.url(path)));
			Duration delay = Duration.ofMillis(i / 2 % 10);
			if (i % 2 == 0) {
				try (LoopFreezer freezer = LoopFreezer.freeze(impatient.loopThread())) {
					// When the loop goes on, the response is there, and the time may be
					// over
					free.countDown();
					Latches.await(answered);
					await().pollDelay(delay).until(() -> true);
				}
			}
			else {
				await().pollDelay(delay).until(() -> true);
				free.countDown();
			}
			assertThat(first).succeedsWithin(DefaultClient.LONG);
			Ending ending = Ending.of(() -> second.get(20, TimeUnit.SECONDS));
			if (ending.kind() == Kind.VALUE) {
				served.add(path);
			}
			else {
				assertThat(ending.failure()).hasRootCauseInstanceOf(PoolAcquireTimeoutException.class);
				timedOut.add(path);
			}
		}
		// On the same connection, behind whatever may have been sent too late
		server.assertIsCalledAsBefore(impatient);
		List<String> seen = server.takeHeads().stream().map((head) -> head.split("[ ?]")[1]).toList();
		long both = timedOut.stream().filter(seen::contains).count();
		System.out.printf("CP3 %d served, %d timed out, %d both%n", served.size(), timedOut.size(), both);
		assertThat(both).isZero();
		assertThat(seen).filteredOn((path) -> path.startsWith("/second/")).containsExactlyElementsOf(served);
		assertThat(served).isNotEmpty();
		assertThat(timedOut).isNotEmpty();
	}

	@Test
	@DisplayName("CP4 connection that was idle for too long")
	void connectionThatWasIdleForLongerThanMaximumIsNotUsedAgain() {
		for (int i = 0; i < 10; i++) {
			int before = server.acceptedConnections();
			assertThat(forgetful.get(DefaultClient.LONG, server.url()).value()).isEqualTo("hello");
			await().pollDelay(Duration.ofMillis(10)).until(() -> true);
			assertThat(forgetful.get(DefaultClient.LONG, server.url()).value()).isEqualTo("hello");
			assertThat(server.acceptedConnections()).isGreaterThan(before);
		}
	}

	@Test
	@DisplayName("CP4 connection that the server closes as the next call begins")
	void callThatFindsClosedConnectionFailsOrIsSentOnce() {
		AtomicInteger failed = new AtomicInteger();
		for (int i = 0; i < 50; i++) {
			CountDownLatch idle = new CountDownLatch(1);
			AtomicInteger closed = new AtomicInteger();
			server.answer((connection) -> answerAndClose(connection, idle, closed));
			assertThat(client.get(DefaultClient.LONG, server.url()).value()).isEqualTo("hello");
			server.takeHeads();
			CompletableFuture<String> next;
			try (LoopFreezer freezer = LoopFreezer.freeze(client.loopThread())) {
				next = client.loop().submit(client.body(server.url()));
				idle.countDown();
				server.answer((connection) -> connection.write(HostileServer.HELLO));
				await().until(() -> closed.get() == 1);
			}
			Ending ending = Ending.of(() -> next.get(20, TimeUnit.SECONDS));
			assertThat(server.takeHeads()).hasSize((ending.kind() == Kind.VALUE) ? 1 : 0);
			if (ending.kind() != Kind.VALUE) {
				failed.incrementAndGet();
			}
			server.assertIsCalledAsBefore(client);
		}
		System.out.printf("CP4 %d of 50 calls failed that began before the loop could know%n", failed.get());
	}

	private static void answerAndClose(Connection connection, CountDownLatch idle, AtomicInteger closed)
			throws IOException {
		connection.write(HostileServer.HELLO);
		Latches.await(idle);
		connection.close();
		closed.incrementAndGet();
	}

}
