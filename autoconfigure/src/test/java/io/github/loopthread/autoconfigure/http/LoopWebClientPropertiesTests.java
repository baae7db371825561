package io.github.loopthread.autoconfigure.http;

import java.time.Duration;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link LoopWebClientProperties}; what is refused is in the tests of reports.
 */
class LoopWebClientPropertiesTests {

	@ParameterizedTest
	@NullSource
	@ValueSource(strings = { "http://localhost:8080", "https://api.example/v1/", "HTTP://API.example",
			"http://quote-service:8080", "https://{tenant}.api.example:{port}/{version}", "http://[::1]:8080",
			"http://127.0.0.1", "https://ada@api.example", "https://xn--bcher-kva.example" })
	void acceptsWhatClientCanCall(String baseUrl) {
		LoopWebClientProperties properties = new LoopWebClientProperties(true, baseUrl, 1, -1, Duration.ofNanos(1),
				Duration.ofNanos(1));
		assertThatNoException().isThrownBy(properties::check);
	}

}
