package io.github.loopthread.faults;

import java.time.Duration;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A process that is stopped until the deadline of some calls has passed, and goes on: a
 * laptop that has slept, a container that was frozen. Each of those calls has one
 * timeout, and the others wait on.
 */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class SuspendedProcessTests {

	@Test
	@DisplayName("D6 process suspended over the deadline")
	void onlyThoseTimeOutWhoseTimeIsUp() throws Exception {
		int each = 2 * SuspendedProgram.CALLERS;
		try (OtherProcess program = OtherProcess.start(SuspendedProgram.class)) {
			assertThat(program.next()).isEqualTo("ready");
			program.signal("STOP");
			await().until(program::isStopped);
			await().pollDelay(SuspendedProgram.SHORT.plusMillis(200))
				.atMost(Duration.ofSeconds(20))
				.until(program::isStopped);
			program.signal("CONT");
			program.goOn();
			assertThat(program.next()).isEqualTo("%d timeouts, 0 values, 0 others, %d cancelled, %d wait"
				.formatted(each, each, SuspendedProgram.CALLERS));
			assertThat(program.next())
				.isEqualTo("%d timeouts, %d values, 0 others, %d cancelled".formatted(each, each, each));
			assertThat(program.awaitEnd()).isZero();
		}
	}

}
