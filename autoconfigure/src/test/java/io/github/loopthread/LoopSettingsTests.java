package io.github.loopthread;

import java.time.Duration;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests for {@link LoopSettings}.
 */
class LoopSettingsTests {

	@Test
	void eachWitherChangesItsOwnValueOnly() {
		LoopSettings settings = LoopSettings.defaults()
			.withName("shop")
			.withTransport(Transport.NIO)
			.withMaxConcurrentTasks(1)
			.withStartupTimeout(Duration.ofSeconds(1))
			.withDrainTimeout(Duration.ofSeconds(2))
			.withCloseTimeout(Duration.ofSeconds(3))
			.withWatchdogThreshold(Duration.ofSeconds(4));
		assertThat(settings).isEqualTo(new LoopSettings("shop", Transport.NIO, 1, Duration.ofSeconds(1),
				Duration.ofSeconds(2), Duration.ofSeconds(3), Duration.ofSeconds(4)));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource
	void refusesWhatCannotWork(String expectedMessage, UnaryOperator<LoopSettings> change) {
		assertThatIllegalArgumentException().isThrownBy(() -> change.apply(LoopSettings.defaults()))
			.withMessageContaining(expectedMessage);
	}

	static Stream<Arguments> refusesWhatCannotWork() {
		return Stream.of(refused("'name'", (settings) -> settings.withName(null)),
				refused("'name'", (settings) -> settings.withName(" ")),
				refused("'name'", (settings) -> settings.withName("lo\nop")),
				refused("'transport'", (settings) -> settings.withTransport(null)),
				refused("'maxConcurrentTasks' must be at least 1, but is 0",
						(settings) -> settings.withMaxConcurrentTasks(0)),
				refused("'startupTimeout'", (settings) -> settings.withStartupTimeout(null)),
				refused("'startupTimeout' must be more than zero, but is PT0S",
						(settings) -> settings.withStartupTimeout(Duration.ZERO)),
				refused("'drainTimeout'", (settings) -> settings.withDrainTimeout(null)),
				refused("'drainTimeout' must not be negative, but is PT-1S",
						(settings) -> settings.withDrainTimeout(Duration.ofSeconds(-1))),
				refused("'closeTimeout'", (settings) -> settings.withCloseTimeout(null)),
				refused("'closeTimeout'", (settings) -> settings.withCloseTimeout(Duration.ofSeconds(-1))),
				refused("'watchdogThreshold' must not be negative, but is PT-1S",
						(settings) -> settings.withWatchdogThreshold(Duration.ofSeconds(-1))));
	}

	private static Arguments refused(String expectedMessage, UnaryOperator<LoopSettings> change) {
		return arguments(expectedMessage, change);
	}

}
