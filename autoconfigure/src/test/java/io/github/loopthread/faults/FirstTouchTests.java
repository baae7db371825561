package io.github.loopthread.faults;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application that is the first to use Netty's {@code GlobalEventExecutor}, and ends,
 * as in a servlet container whose applications share Netty. It is collected when that
 * executor, which ends its thread after a second without work, has nothing to do.
 */
@Timeout(60)
class FirstTouchTests {

	@Test
	@DisplayName("N2 Netty's executor for all is first used by an application that ends")
	void nothingKeepsTheClassesOfTheFirstUser() throws Exception {
		try (OtherProcess program = OtherProcess.start(FirstTouch.class)) {
			assertThat(program.next()).isEqualTo("lived, with Netty's executor alive");
			assertThat(program.next()).isEqualTo("collected");
		}
	}

}
