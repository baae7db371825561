package io.github.loopthread.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.PoolCensus;
import io.github.loopthread.RawServer;
import io.github.loopthread.Transport;
import io.github.loopthread.http.LoopClientHttpConnector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A server that closes its half of the connection, and resets the rest a while later: the
 * connection is closed, and the loop does not go round and round about it.
 */
@Timeout(60)
class HalfCloseTests {

	private static final String BEGINNING = HostileServer.OK + "Content-Length: 100\n\nhalf of it";

	private final CountDownLatch reset = new CountDownLatch(1);

	private final CountDownLatch closedByClient = new CountDownLatch(1);

	private final PoolCensus pool = new PoolCensus();

	private final LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector
		.resource(this.pool::count, (client, onLoop) -> new ReactorClientHttpConnector(onLoop.apply(client)));

	private LoopThread loopThread;

	@ParameterizedTest(name = "H9 half-close and reset, {0}, {1}")
	@CsvSource({ "NIO, NO_RESPONSE", "AUTO, NO_RESPONSE", "NIO, BROKEN_BODY", "AUTO, BROKEN_BODY", "NIO, VALUE",
			"AUTO, VALUE" })
	@DisplayName("H9 half-close and reset")
	void connectionIsClosedAndLoopIsIdle(Transport transport, Ending.Kind kind) throws Exception {
		this.loopThread = new LoopThread(LoopSettings.defaults().withTransport(transport), List.of(this.resource));
		LoopTemplate loop = new LoopTemplate(this.loopThread, DefaultClient.LONG);
		WebClient client = WebClient.builder().clientConnector(new LoopClientHttpConnector(this.resource)).build();
		try (RawServer server = RawServer.start((connection) -> play(connection, kind))) {
			Mono<String> call = client.get().uri(server.url("/")).retrieve().bodyToMono(String.class);
			Ending ending = Ending.of(() -> loop.execute(call));
			assertThat(ending.kind()).as(ending.toString()).isEqualTo(kind);
			assertThat(this.closedByClient.await(20, TimeUnit.SECONDS)).isTrue();
			this.reset.countDown();
			await().until(() -> server.openConnections() == 0);
			// A share of the latest second: a loop that went round would be busy for ever
			await().pollDelay(Duration.ofMillis(300)).until(() -> this.loopThread.busy() < 0.1);
			assertThat(loop.execute(Mono.just("alive"))).isEqualTo("alive");
		}
		finally {
			this.loopThread.stop();
		}
	}

	private void play(RawServer.Connection connection, Ending.Kind kind) throws IOException {
		connection.readHead();
		switch (kind) {
			case VALUE -> connection.write(HostileServer.HELLO);
			case BROKEN_BODY -> connection.write(BEGINNING);
			default -> {
			}
		}
		connection.shutdownOutput();
		// The end of what the client sends
		connection.stall();
		this.closedByClient.countDown();
		awaitLatch(this.reset);
		connection.reset();
	}

	private static void awaitLatch(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
