package io.github.loopthread.faults;

import java.time.Duration;
import java.util.Random;
import java.util.stream.Stream;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An application in a process of its own that is told to end while it starts, once or
 * twice: it ends, and soon. The profile {@code proof} tells it so at twenty moments more.
 */
@Timeout(300)
@DisabledOnOs(OS.WINDOWS)
class TerminationTests {

	private static final int RANDOM = (Integer.getInteger("storm.factor", 1) > 1) ? 20 : 0;

	// 128 + SIGTERM
	private static final int AS_TOLD = 143;

	@ParameterizedTest(name = "A12 SIGTERM {0} ms after ''{1}'', {2} times")
	@MethodSource("moments")
	@DisplayName("A12 SIGTERM during start-up")
	void processThatIsToldToEndWhileItStartsEnds(int delay, String step, int times) throws Exception {
		try (OtherProcess program = OtherProcess.start(TerminatedProgram.class)) {
			for (String said = program.next(); !said.equals(step); said = program.next()) {
				assertThat(said).isIn(TerminatedProgram.STEPS);
			}
			await().pollDelay(Duration.ofMillis(delay)).until(() -> true);
			long begin = System.nanoTime();
			for (int i = 0; i < times; i++) {
				program.signal("TERM");
			}
			assertThat(program.awaitEnd()).isEqualTo(AS_TOLD);
			// A phase of the lifecycle has thirty seconds, and the loop twenty to drain
			assertThat(Duration.ofNanos(System.nanoTime() - begin)).as("%s", program.output())
				.isLessThan(Duration.ofSeconds(30));
			assertThat(program.output()).noneMatch((line) -> line.contains("did not end"));
		}
	}

	static Stream<Arguments> moments() {
		Random random = new Random();
		return Stream.concat(
				Stream.of(Arguments.of(0, "main", 1), Arguments.of(20, "opening", 2), Arguments.of(20, "starting", 1)),
				random.ints(RANDOM, 0, 300)
					.mapToObj((delay) -> Arguments.of(delay,
							TerminatedProgram.STEPS.get(random.nextInt(TerminatedProgram.STEPS.size())),
							1 + random.nextInt(2))));
	}

}
