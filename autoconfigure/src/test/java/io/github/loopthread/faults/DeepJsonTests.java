package io.github.loopthread.faults;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import io.github.loopthread.faults.Ending.Kind;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * JSON that is not large and costs whoever reads it the stack or the time.
 */
@Timeout(60)
class DeepJsonTests {

	private static final int DEPTH = 100_000;

	@AutoClose
	private static final HostileServer server = HostileServer.start();

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.create();

	@ParameterizedTest(name = "P13 {0}")
	@MethodSource("bombs")
	void isRefused(String row, String json) {
		answer(json);
		for (Reading reading : Reading.values()) {
			Ending ending = reading.call();
			assertThat(ending.kind()).as("%s: %s", reading, ending).isEqualTo(Kind.UNREADABLE);
			server.assertIsCalledAsBefore(client);
		}
	}

	@ParameterizedTest(name = "P13 500 levels, as {0}")
	@EnumSource
	void whatIsNotTooDeepIsRead(Reading reading) {
		answer(nested(498));
		assertThat(reading.call().kind()).isEqualTo(Kind.VALUE);
		answer(nested(499));
		assertThat(reading.call().kind()).isEqualTo(Kind.VALUE);
		answer(nested(500));
		assertThat(reading.call().kind()).isEqualTo(Kind.UNREADABLE);
	}

	static Stream<Arguments> bombs() {
		return Stream.of(
				Arguments.of("arrays in arrays", "{\"unknown\":" + "[".repeat(DEPTH) + "]".repeat(DEPTH) + "}"),
				Arguments.of("arrays without end", "{\"unknown\":" + "[".repeat(2 * DEPTH)),
				Arguments.of("objects in objects", "{\"\":".repeat(DEPTH / 2) + "1" + "}".repeat(DEPTH / 2)),
				Arguments.of("number of 100,000 digits", "{\"number\":" + "9".repeat(DEPTH) + "}"),
				Arguments.of("fraction of 100,000 digits", "{\"number\":0." + "9".repeat(DEPTH) + "}"),
				Arguments.of("name of 100,000 letters", "{\"" + "x".repeat(DEPTH) + "\":1}"));
	}

	/**
	 * Return JSON with an object around it.
	 */
	private static String nested(int depth) {
		return "{\"unknown\":" + "[".repeat(depth) + "]".repeat(depth) + "}";
	}

	private static void answer(String json) {
		server.answer((connection) -> connection.write(HostileServer.OK
				+ "Content-Type: application/json\nContent-Length: %d\n\n%s".formatted(json.length(), json)));
	}

	private enum Reading {

		NODE {

			@Override
			Object read(DefaultClient client) {
				return read(client, JsonNode.class);
			}

		},

		MAP {

			@Override
			Object read(DefaultClient client) {
				return read(client, Map.class);
			}

		},

		OBJECT {

			@Override
			Object read(DefaultClient client) {
				return read(client, Product.class);
			}

		},

		ELEMENTS {

			@Override
			Object read(DefaultClient client) {
				List<?> elements = client.loop()
					.withTimeout(DefaultClient.LONG)
					.execute(client.request(server.url()).retrieve().bodyToFlux(Map.class).collectList());
				return (elements != null) ? elements : "nothing";
			}

		};

		abstract Object read(DefaultClient client);

		Ending call() {
			return Ending.of(() -> read(client).getClass().getName());
		}

		static Object read(DefaultClient client, Class<?> type) {
			Object body = client.loop()
				.withTimeout(DefaultClient.LONG)
				.execute(client.request(server.url()).retrieve().bodyToMono(type));
			return (body != null) ? body : "nothing";
		}

	}

	/**
	 * What an application knows of the JSON.
	 */
	record Product(@Nullable Object number) {

	}

}
