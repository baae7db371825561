package io.github.loopthread.faults;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.web.reactive.function.client.WebClient.RequestHeadersSpec;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import io.github.loopthread.RawServer.Connection;
import io.github.loopthread.faults.Ending.Kind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Requests with bodies, and servers that do not wait for the end of them.
 */
@Timeout(60)
class UploadTests {

	private static final int SIZE = 8 << 20;

	private static final String TOO_LARGE = "HTTP/1.1 413 Content Too Large\nContent-Length: 4\n\nless";

	private static final int ROUNDS = 50 * Integer.getInteger("storm.factor", 1);

	@AutoClose
	private static final HostileServer server = HostileServer.start();

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.create("loop.web-client.max-connections=1");

	@BeforeEach
	void forgetRequests() {
		server.takeHeads();
	}

	@ParameterizedTest(name = "H10 {0}")
	@MethodSource("rows")
	void earlyResponseEndsCallAndConnection(Row row) {
		CountDownLatch ended = new CountDownLatch(1);
		int before = server.acceptedConnections();
		server.answer((connection) -> row.answer.play(connection, ended));
		Ending ending = row.body.post();
		ended.countDown();
		assertThat(ending.kind()).as(ending.toString()).isIn(row.expected);
		if (ending.kind() == Kind.VALUE) {
			assertThat(ending.value()).isEqualTo("hello");
		}
		if (ending.failure() instanceof WebClientResponseException ex && ending.kind() == Kind.ERROR_STATUS) {
			assertThat(ex.getResponseBodyAsString()).isEqualTo("less");
		}
		server.assertIsCalledAsBefore(client);
		// Nobody else may be given a connection that is still to read a body
		assertThat(server.acceptedConnections()).isEqualTo(before + 2);
		server.takeHeads();
	}

	@ParameterizedTest(name = "H10 100-continue, {0}")
	@ValueSource(strings = { "missing", "sent", "refused" })
	void callThatExpectsToBeToldToContinueEnds(String continues) {
		server.answer((connection) -> {
			if (continues.equals("refused")) {
				// Said as well, as nobody could know whether the next call or the end of
				// the connection comes first
				connection.write("HTTP/1.1 417 Expectation Failed\nContent-Length: 0\nConnection: close\n\n").close();
				return;
			}
			if (continues.equals("sent")) {
				connection.write("HTTP/1.1 100 Continue\n\n");
			}
			connection.readFully(4);
			connection.write(HostileServer.HELLO);
		});
		Ending ending = client.call(DefaultClient.LONG,
				client.web()
					.post()
					.uri(server.url())
					.header("Expect", "100-continue")
					.bodyValue("body")
					.retrieve()
					.bodyToMono(String.class));
		assertThat(ending.kind()).as(ending.toString())
			.isEqualTo(continues.equals("refused") ? Kind.ERROR_STATUS : Kind.VALUE);
		server.assertIsCalledAsBefore(client);
	}

	@ParameterizedTest(name = "H12 POST, reset right after it was sent, used connection {0}")
	@ValueSource(booleans = { false, true })
	void requestIsSentOnce(boolean used) {
		AtomicInteger posts = new AtomicInteger();
		for (int i = 0; i < ROUNDS; i++) {
			if (used) {
				server.assertIsCalledAsBefore(client);
			}
			server.answer((connection) -> {
				connection.readFully(4);
				connection.reset();
			});
			Ending ending = post(client.web().post().uri(server.url()).bodyValue("body"));
			assertThat(ending.kind()).as(ending.toString()).isEqualTo(Kind.NO_RESPONSE);
			List<String> heads = server.takeHeads();
			assertThat(heads).hasSize(1);
			posts.addAndGet(heads.size());
		}
		System.out.printf("H12 %d calls, %d requests%n", ROUNDS, posts.get());
	}

	@Test
	@DisplayName("H12 POST, reset while the body is on its way")
	void requestWhoseBodyIsCutOffIsSentOnce() {
		for (int i = 0; i < 20; i++) {
			server.answer((connection) -> {
				connection.readFully(1);
				connection.reset();
			});
			assertThat(Body.WHOLE.post().kind()).isEqualTo(Kind.NO_RESPONSE);
			assertThat(Body.PARTS.post().kind()).isEqualTo(Kind.NO_RESPONSE);
			assertThat(server.takeHeads()).hasSize(2);
		}
		server.assertIsCalledAsBefore(client);
	}

	@Test
	@DisplayName("H8 the upload fails while the response comes")
	void responseThatEndsWithItsUploadIsNoValue() {
		IllegalStateException failure = new IllegalStateException("of the upload");
		Ending ending = client.call(DefaultClient.LONG, callWhoseUploadEndsWith(failure));
		assertThat(ending.kind()).as(ending.toString()).isEqualTo(Kind.BROKEN_BODY);
		assertThat(ending.failure()).hasRootCause(failure);
		server.assertIsCalledAsBefore(client);
	}

	@Test
	@DisplayName("H8 the upload of a call that belongs to no task fails with a fatal error while the response comes")
	void responseThatEndsWithFatalErrorOfItsUploadIsNoValue() {
		NoClassDefFoundError failure = new NoClassDefFoundError("of the upload");
		assertThatException().isThrownBy(() -> callWhoseUploadEndsWith(failure).block(DefaultClient.LONG))
			.havingRootCause()
			.isEqualTo(failure);
		server.assertIsCalledAsBefore(client);
	}

	private Mono<String> callWhoseUploadEndsWith(Throwable failure) {
		Sinks.Many<String> upload = Sinks.many().unicast().onBackpressureBuffer();
		upload.tryEmitNext("first");
		server.answer((connection) -> connection.write(HostileServer.OK + "Content-Length: 100\n\nhalf").stall());
		return client.web()
			.post()
			.uri(server.url())
			.body(upload.asFlux(), String.class)
			.retrieve()
			.bodyToFlux(DataBuffer.class)
			.map((part) -> {
				DataBufferUtils.release(part);
				upload.tryEmitError(failure);
				return "part";
			})
			.collect(Collectors.joining());
	}

	static Stream<Row> rows() {
		return Arrays.stream(Body.values())
			.flatMap((body) -> Stream.of(new Row("413 and nothing is read", body, (connection, ended) -> {
				connection.write(TOO_LARGE);
				Latches.await(ended);
			}, Kind.ERROR_STATUS), new Row("200 and nothing is read", body, (connection, ended) -> {
				connection.write(HostileServer.HELLO);
				Latches.await(ended);
			}, Kind.VALUE),
					// What is lost with the reset may be the response
					new Row("413 and close", body, (connection, ended) -> connection.write(TOO_LARGE).close(),
							Kind.ERROR_STATUS, Kind.NO_RESPONSE),
					new Row("413 and reset", body, (connection, ended) -> connection.write(TOO_LARGE).reset(),
							Kind.ERROR_STATUS, Kind.NO_RESPONSE, Kind.BROKEN_BODY),
					new Row("close without response", body, (connection, ended) -> connection.close(),
							Kind.NO_RESPONSE)));
	}

	private static Ending post(RequestHeadersSpec<?> request) {
		return client.call(DefaultClient.LONG, request.retrieve().bodyToMono(String.class));
	}

	private enum Body {

		WHOLE {

			@Override
			Ending post() {
				return UploadTests.post(client.web().post().uri(server.url()).bodyValue(new byte[SIZE]));
			}

		},

		PARTS {

			@Override
			Ending post() {
				Flux<byte[]> parts = Flux.range(0, SIZE / 8192).map((i) -> new byte[8192]);
				return UploadTests.post(client.web().post().uri(server.url()).body(parts, byte[].class));
			}

		},

		UNFINISHED {

			@Override
			Ending post() {
				Flux<byte[]> parts = Flux.concat(Mono.just(new byte[8192]), Mono.never());
				return UploadTests.post(client.web().post().uri(server.url()).body(parts, byte[].class));
			}

		};

		abstract Ending post();

	}

	private interface Answer {

		void play(Connection connection, CountDownLatch ended) throws IOException;

	}

	private static final class Row {

		private final String name;

		private final Body body;

		private final Answer answer;

		private final List<Kind> expected;

		Row(String name, Body body, Answer answer, Kind... expected) {
			this.name = name;
			this.body = body;
			this.answer = answer;
			this.expected = List.of(expected);
		}

		@Override
		public String toString() {
			return "%s, body %s".formatted(this.name, this.body);
		}

	}

}
