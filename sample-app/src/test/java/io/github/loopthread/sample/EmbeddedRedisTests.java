package io.github.loopthread.sample;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EmbeddedRedis}.
 */
@Timeout(60)
class EmbeddedRedisTests {

	@Test
	void shopDoesWithoutItWhereThereIsNoServerForTheSystem() throws Exception {
		String system = System.getProperty("os.name");
		System.setProperty("os.name", "Plan 9");
		try {
			EmbeddedRedis redis = new EmbeddedRedis();
			assertThat(redis.getStandalone().getPort()).isPositive();
			redis.stop();
		}
		finally {
			System.setProperty("os.name", system);
		}
	}

}
