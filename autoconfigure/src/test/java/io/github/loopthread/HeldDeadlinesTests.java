package io.github.loopthread;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link HeldDeadlines}.
 */
@Timeout(60)
class HeldDeadlinesTests {

	private static final Duration HOUR = Duration.ofHours(1);

	@Test
	void deadlinesPassWhenTheTestSaysSoAndThoseThatBeginLaterDoNot() {
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			List<Deadline> begun = List.of(Deadline.after(Duration.ofNanos(1)), Deadline.after(HOUR));
			assertThat(begun).noneMatch(Deadline::hasPassed);
			deadlines.pass();
			assertThat(begun).allMatch(Deadline::hasPassed);
			assertThat(Deadline.after(Duration.ofNanos(1)).hasPassed()).isFalse();
			assertThat(Deadline.after(null).hasPassed()).isFalse();
		}
		Deadline hour = Deadline.after(HOUR);
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			deadlines.pass();
		}
		assertThat(hour.hasPassed()).isFalse();
	}

	@Test
	void deadlinesPassThatHadBegunAtTheMomentThatTheTestSays() {
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			Deadline before = Deadline.after(HOUR);
			long moment = System.nanoTime();
			await().until(() -> System.nanoTime() > moment);
			Deadline since = Deadline.after(Duration.ofNanos(1));
			deadlines.passThoseBegunBefore(moment);
			assertThat(before.hasPassed()).isTrue();
			assertThat(since.hasPassed()).isFalse();
		}
	}

}
