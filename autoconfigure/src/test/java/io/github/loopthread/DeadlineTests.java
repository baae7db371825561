package io.github.loopthread;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link Deadline}.
 */
@Timeout(60)
class DeadlineTests {

	private static final Duration MINUTE = Duration.ofMinutes(1);

	@Test
	void passesWhenItsTimeIsOver() {
		Deadline deadline = Deadline.after(Duration.ofMillis(1));
		await().until(deadline::hasPassed);
		assertThat(deadline.remainingNanos()).isNotPositive();
		assertThat(deadline.elapsed()).isBetween(Duration.ofMillis(1), MINUTE);
		Deadline later = Deadline.after(MINUTE);
		assertThat(later.hasPassed()).isFalse();
		assertThat(later.remainingNanos()).isBetween(1L, MINUTE.toNanos());
	}

	@Test
	void noneNeverPasses() {
		Deadline none = Deadline.after(null);
		assertThat(none.timeout()).isNull();
		assertThat(none.hasPassed()).isFalse();
		assertThat(none.remainingNanos()).isGreaterThan(Duration.ofDays(365).toNanos());
	}

	@Test
	void hugeTimeoutIsCutToWhatCanBeCompared() {
		assertThat(Deadline.nanos(Duration.ofSeconds(Long.MAX_VALUE))).isEqualTo(Deadline.nanos(null))
			.isEqualTo(Long.MAX_VALUE / 4);
		assertThat(Deadline.nanos(MINUTE)).isEqualTo(MINUTE.toNanos());
	}

	@Test
	void earlierOfTwoCounts() {
		Duration hour = Duration.ofHours(1);
		assertThat(Deadline.after(hour).orEarlier(MINUTE).timeout()).isEqualTo(MINUTE);
		assertThat(Deadline.after(null).orEarlier(MINUTE).timeout()).isEqualTo(MINUTE);
		assertThat(Deadline.after(null).orEarlier(null).timeout()).isNull();
		assertThat(Deadline.after(MINUTE).orEarlier(hour).timeout()).isBetween(Duration.ZERO, MINUTE);
		assertThat(Deadline.after(MINUTE).orEarlier(null).timeout()).isBetween(Duration.ZERO, MINUTE);
	}

	@Test
	void whatIsLeftOfOneThatHasPassedIsNotNothing() {
		Deadline passed = Deadline.after(Duration.ofNanos(1));
		await().until(passed::hasPassed);
		assertThat(passed.orEarlier(MINUTE).timeout()).isEqualTo(Duration.ofNanos(1));
	}

}
