package io.github.loopthread.faults;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.web.reactive.function.client.WebClient.RequestHeadersSpec;

import io.github.loopthread.HeldDeadlines;
import io.github.loopthread.RawServer.Connection;
import io.github.loopthread.faults.Ending.Kind;
import io.github.loopthread.faults.FaultProxy.Direction;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The faults that a network has, in each direction, with HTTP and with TLS, on a
 * connection that is new and on one that has been used before, for bodies that are read
 * as a whole and for those that are streamed.
 */
@Timeout(60)
class NetworkFaultTests {

	private static final String BODY = "0123456789".repeat(100);

	// Of what a request or a response has, so that it cannot have come another way
	private static final int ENOUGH = 1000;

	private static final TestCertificates certificates = new TestCertificates();

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.trusting(certificates.issuer());

	@AutoClose
	private static final Network http = new Network(HostileServer.start());

	@AutoClose
	private static final Network https = new Network(HostileServer.start(certificates.server()));

	@ParameterizedTest(name = "{0}")
	@MethodSource("rows")
	void hasOneClearEnding(Row row) {
		Network network = row.network();
		network.server.answer(NetworkFaultTests::respond);
		if (row.used) {
			assertThat(row.reading.call(DefaultClient.LONG, network.url()).value()).isEqualTo(BODY);
		}
		network.proxy.inject(row.direction, row.fault.fault);
		try {
			Ending ending = row.call(network);
			assertThat(ending.kind()).as(ending.toString()).isIn(row.fault.expected);
			assertThat(ending.value()).isEqualTo((ending.kind() == Kind.VALUE) ? BODY : null);
			if (ending.kind() == Kind.VALUE) {
				assertThat(network.proxy.passed(row.direction)).isGreaterThan(ENOUGH);
			}
		}
		finally {
			network.proxy.clear();
		}
		network.server.assertIsCalledAsBefore(client);
		if (row.stallsHandshake()) {
			// Reactor Netty gives up a handshake after ten seconds, not when it is
			// cancelled
			client.stopAtOnce();
		}
		else if (row.fault.expected.contains(Kind.VALUE)) {
			assertThat(row.call(network).value()).isEqualTo(BODY);
		}
	}

	@ParameterizedTest(name = "H9 slow close, TLS {0}")
	@ValueSource(booleans = { false, true })
	void bodyEndsWithConnectionHoweverLateThatComes(boolean tls) throws Exception {
		Network network = tls ? https : http;
		network.server.answer((connection) -> connection.write(HostileServer.OK + "\n" + BODY).close());
		CountDownLatch release = new CountDownLatch(1);
		network.proxy.inject(Direction.DOWNSTREAM, Fault.slowClose(release));
		CompletableFuture<String> body = client.loop().submit(client.body(network.url()));
		network.server.awaitNoConnection();
		if (!tls) {
			// TLS says itself that this is the end
			assertThat(client.get(DefaultClient.SHORT, network.url()).kind()).isEqualTo(Kind.TIMED_OUT);
			assertThat(body).isNotDone();
			release.countDown();
		}
		assertThat(body).succeedsWithin(DefaultClient.LONG).isEqualTo(BODY);
		release.countDown();
		network.proxy.clear();
	}

	@ParameterizedTest(name = "H1 down, TLS {0}")
	@ValueSource(booleans = { false, true })
	void failsAtOnceWhileServerIsDown(boolean tls) throws IOException {
		HostileServer server = (tls ? https : http).server;
		server.answer(NetworkFaultTests::respond);
		try (FaultProxy proxy = new FaultProxy(server.port())) {
			String url = server.url(proxy.port());
			assertThat(client.get(DefaultClient.LONG, url).value()).isEqualTo(BODY);
			for (int i = 0; i < 3; i++) {
				proxy.down();
				// The first may still find the connection that has just been closed
				assertThat(client.get(DefaultClient.LONG, url).kind()).isEqualTo(Kind.NO_RESPONSE);
				assertThat(client.get(DefaultClient.LONG, url).failure()).hasCauseInstanceOf(ConnectException.class);
				proxy.up();
				assertThat(client.get(DefaultClient.LONG, url).value()).isEqualTo(BODY);
			}
		}
	}

	@ParameterizedTest(name = "H9 slow close, upstream, TLS {0}")
	@ValueSource(booleans = { false, true })
	void slowCloseByClientKeepsCallerNoLonger(boolean tls) {
		Network network = tls ? https : http;
		CountDownLatch release = new CountDownLatch(1);
		network.proxy.inject(Direction.UPSTREAM, Fault.slowClose(release));
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			network.server.answer((connection) -> {
				deadlines.pass();
				connection.stall();
			});
			assertThat(client.get(DefaultClient.SHORT, network.url()).kind()).isEqualTo(Kind.TIMED_OUT);
		}
		network.server.assertIsCalledAsBefore(client);
		release.countDown();
		network.proxy.clear();
	}

	static Stream<Row> rows() {
		List<Row> rows = new ArrayList<>();
		for (NetworkFault fault : NetworkFault.values()) {
			for (Direction direction : Direction.values()) {
				// Of the request streaming makes no difference
				for (Reading reading : (direction == Direction.UPSTREAM) ? List.of(Reading.WHOLE)
						: List.of(Reading.values())) {
					for (boolean tls : new boolean[] { false, true }) {
						rows.add(new Row(fault, direction, tls, false, reading));
						rows.add(new Row(fault, direction, tls, true, reading));
					}
				}
			}
		}
		return rows.stream();
	}

	private static void respond(Connection connection) throws IOException {
		connection.write(HostileServer.OK + "Content-Length: " + BODY.length() + "\n\n");
		connection.write(BODY);
	}

	private static final class Network implements AutoCloseable {

		private final HostileServer server;

		private final FaultProxy proxy;

		Network(HostileServer server) {
			this.server = server;
			this.proxy = FaultProxy.to(server.port());
		}

		String url() {
			return this.server.url(this.proxy.port());
		}

		@Override
		public void close() throws Exception {
			this.proxy.close();
			this.server.close();
		}

	}

	private enum Reading {

		WHOLE {

			@Override
			Ending call(Duration timeout, String url) {
				return client.call(timeout, request(url).retrieve().bodyToMono(String.class));
			}

		},

		STREAM {

			@Override
			Ending call(Duration timeout, String url) {
				return Ending.of(() -> {
					try (Stream<String> body = client.loop()
						.withTimeout(timeout)
						.stream(request(url).retrieve().bodyToFlux(String.class))) {
						return body.collect(Collectors.joining());
					}
				});
			}

		};

		abstract Ending call(Duration timeout, String url);

		/**
		 * Return a request that is as long as its response, so that faults which come
		 * later find something to break in either.
		 */
		private static RequestHeadersSpec<?> request(String url) {
			return client.request(url).header("X-Long", BODY);
		}

	}

	/**
	 * The faults, and how calls end.
	 */
	private enum NetworkFault {

		LATENCY("H6", Fault.latency(Duration.ofMillis(20)), Kind.VALUE),

		BANDWIDTH("H6", Fault.bandwidth(100), Kind.VALUE),

		SLICER("H6", Fault.slicer(1), Kind.VALUE),

		BLACK_HOLE("H5", Fault.blackHole(), Kind.TIMED_OUT),

		RESET_AT_ONCE("H7", Fault.reset(0), Kind.NO_RESPONSE),

		RESET_IN_FIRST_LINE("H7", Fault.reset(10), Kind.NO_RESPONSE),

		RESET_LATER("H7", Fault.reset(600), Kind.NO_RESPONSE, Kind.BROKEN_BODY),

		LIMIT_IN_FIRST_LINE("H8", Fault.limitData(10), Kind.NO_RESPONSE),

		LIMIT_LATER("H8", Fault.limitData(600), Kind.NO_RESPONSE, Kind.BROKEN_BODY);

		private final String id;

		private final Fault fault;

		private final List<Kind> expected;

		NetworkFault(String id, Fault fault, Kind... expected) {
			this.id = id;
			this.fault = fault;
			this.expected = List.of(expected);
		}

	}

	private record Row(NetworkFault fault, Direction direction, boolean tls, boolean used, Reading reading) {

		Network network() {
			return this.tls ? https : http;
		}

		Ending call(Network network) {
			Duration timeout = this.fault.expected.contains(Kind.TIMED_OUT) ? DefaultClient.SHORT : DefaultClient.LONG;
			return this.reading.call(timeout, network.url());
		}

		boolean stallsHandshake() {
			return this.fault == NetworkFault.BLACK_HOLE && this.tls && !this.used;
		}

		@Override
		public String toString() {
			return "%s %s, %s, %s, %s connection, %s body".formatted(this.fault.id,
					this.fault.name().replace('_', ' ').toLowerCase(Locale.ROOT),
					this.direction.name().toLowerCase(Locale.ROOT), this.tls ? "TLS" : "HTTP",
					this.used ? "used" : "new", this.reading.name().toLowerCase(Locale.ROOT));
		}

	}

}
