package io.github.loopthread.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.web.reactive.function.client.WebClientException;

import io.github.loopthread.CallAccount;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.RawServer.Connection;
import io.github.loopthread.faults.FaultProxy.Direction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Schedules of network faults that chance has made, under calls from several threads:
 * each call has one outcome, none has a wrong body, and when the faults are over calls
 * succeed again. A seed gives the same faults again.
 */
@Timeout(3600)
class RandomFaultTests {

	private static final int FACTOR = Integer.getInteger("storm.factor", 1);

	private static final long SEED = Long.getLong("faults.seed", 20_261_128);

	private static final int SCHEDULES = 10 * FACTOR;

	private static final int CALLERS = 4;

	private static final int CALLS = 5 * Math.min(10, FACTOR);

	private static final String BODY = "0123456789".repeat(100);

	private static final Duration TIMEOUT = Duration.ofMillis(100);

	private static final TestCertificates certificates = new TestCertificates();

	@AutoClose
	private static final HostileServer http = HostileServer.start();

	@AutoClose
	private static final HostileServer https = HostileServer.start(certificates.server());

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.trusting(certificates.issuer());

	private final CallAccount account = new CallAccount();

	@Test
	@DisplayName("H15 random schedules")
	void everyCallHasOneOutcomeAndCallsSucceedAfterwards() throws Exception {
		ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
		List<Long> recoveries = new ArrayList<>();
		try {
			for (int i = 0; i < SCHEDULES; i++) {
				recoveries.add(run(SEED + i, (i % 2 == 0) ? http : https, callers));
			}
		}
		finally {
			callers.shutdown();
		}
		Collections.sort(recoveries);
		this.account.print("H15 %d schedules from seed %d, slowest recovery %d ms".formatted(SCHEDULES, SEED,
				recoveries.get(SCHEDULES - 1)));
		// But for one, in which a busy machine may pause
		assertThat(recoveries.get(SCHEDULES - 2)).isLessThan(2000);
		this.account.assertIsBalanced();
		assertThat(this.account.ended()).isEqualTo((long) SCHEDULES * CALLERS * CALLS);
		// Reactor Netty gives up a handshake after ten seconds, not when it is cancelled
		client.stopAtOnce();
	}

	/**
	 * Return how many milliseconds it took until calls succeeded again.
	 */
	private long run(long seed, HostileServer server, ExecutorService callers) throws Exception {
		Random random = new Random(seed);
		server.answer(RandomFaultTests::respond);
		try (FaultProxy proxy = new FaultProxy(server.port())) {
			String url = server.url(proxy.port());
			for (Direction direction : Direction.values()) {
				proxy.inject(direction, fault(random));
			}
			List<Future<?>> calls = new ArrayList<>();
			for (int i = 0; i < CALLERS; i++) {
				calls.add(callers.submit(() -> call(url)));
			}
			for (int i = 0; i < 3; i++) {
				await().pollDelay(Duration.ofMillis(random.nextInt(40))).until(() -> true);
				proxy.inject(Direction.values()[random.nextInt(2)], fault(random));
			}
			for (Future<?> call : calls) {
				call.get();
			}
			proxy.clear();
			long start = System.nanoTime();
			await().atMost(DefaultClient.LONG)
				.untilAsserted(() -> assertThat(client.get(DefaultClient.LONG, url).value()).as("seed %d", seed)
					.isEqualTo(BODY));
			server.takeHeads();
			return Duration.ofNanos(System.nanoTime() - start).toMillis();
		}
	}

	private void call(String url) {
		LoopOperations loop = client.loop().withTimeout(TIMEOUT);
		for (int i = 0; i < CALLS; i++) {
			this.account.call((call) -> assertThat(loop.execute(call.source(client.body(url))
				.onErrorMap(RandomFaultTests::isFault, (ex) -> new IllegalArgumentException("fault", ex))))
				.isEqualTo(BODY));
		}
	}

	private static boolean isFault(Throwable ex) {
		return ex instanceof WebClientException || ex instanceof IOException;
	}

	private static Fault fault(Random random) {
		return switch (random.nextInt(8)) {
			case 0 -> Fault.latency(Duration.ofMillis(random.nextInt(60)));
			case 1 -> Fault.bandwidth(1 + random.nextInt(100));
			case 2 -> Fault.slicer(1 + random.nextInt(50));
			case 3 -> Fault.blackHole();
			case 4, 5 -> Fault.reset(random.nextInt(1500));
			case 6 -> Fault.limitData(random.nextInt(1500));
			default -> Fault.none();
		};
	}

	private static void respond(Connection connection) throws IOException {
		connection.write(HostileServer.OK + "Content-Length: " + BODY.length() + "\n\n");
		connection.write(BODY);
	}

}
