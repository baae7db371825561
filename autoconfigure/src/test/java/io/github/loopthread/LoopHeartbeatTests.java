package io.github.loopthread;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import io.github.loopthread.LoopHeartbeat.Answer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoopHeartbeat}, with a clock and a loop that are driven by hand. A
 * beat is due each 100 ms.
 */
@Timeout(60)
class LoopHeartbeatTests {

	private final HandDrivenClock clock = new HandDrivenClock();

	private final Queue<Runnable> loop = new ArrayDeque<>();

	private boolean ended;

	private boolean starved;

	private final LoopHeartbeat heartbeat = new LoopHeartbeat(this::accept, Duration.ofMillis(100).toNanos(),
			this.clock, (nanos) -> this.starved ? nanos / 10 : nanos);

	@Test
	void loopThatAnswersOwesNothing() {
		assertThat(beatAfter(100)).isNull();
		answerAfter(3);
		assertThat(beatAfter(97)).isEqualTo(answer(3, 3));
		assertThat(this.heartbeat.owedNanos()).isZero();
		assertThat(this.heartbeat.isLoopBlocked()).isFalse();
		assertThat(this.heartbeat.lag()).hasMillis(3);
	}

	@Test
	void answerIsGivenOnce() {
		beatAfter(100);
		answerAfter(3);
		assertThat(beatAfter(97)).isNotNull();
		assertThat(beatAfter(100)).isNull();
	}

	@Test
	void nextQuestionComesWithTheBeatThatTakesTheAnswer() {
		beatAfter(100);
		answerAfter(3);
		assertThat(this.loop).isEmpty();
		beatAfter(97);
		assertThat(this.loop).hasSize(1);
		beatAfter(100);
		beatAfter(100);
		assertThat(this.loop).hasSize(1);
	}

	@Test
	void timeOwedGrowsWithEachBeat() {
		beatAfter(100);
		assertThat(owedAfterBeatAfter(100)).hasMillis(100);
		assertThat(owedAfterBeatAfter(100)).hasMillis(200);
		assertThat(owedAfterBeatAfter(60)).hasMillis(260);
		answerAfter(40);
		assertThat(beatAfter(60)).isEqualTo(answer(300, 300));
	}

	@Test
	void loopIsBlockedWhenItHasOwedAnAnswerForMoreThanAnInterval() {
		beatAfter(100);
		this.clock.advance(99);
		assertThat(this.heartbeat.isLoopBlocked()).isFalse();
		beatAfter(1);
		assertThat(this.heartbeat.isLoopBlocked()).isFalse();
		this.clock.advance(1);
		assertThat(this.heartbeat.isLoopBlocked()).isTrue();
		answerAfter(0);
		assertThat(this.heartbeat.isLoopBlocked()).isFalse();
	}

	@Test
	void pauseOfTheProcessIsNotOwed() {
		beatAfter(100);
		assertThat(owedAfterBeatAfter(2000)).hasMillis(100);
		answerAfter(1);
		assertThat(beatAfter(99)).isEqualTo(answer(2001, 101));
	}

	@Test
	void pauseIsNotTakenForBlockedLoop() {
		beatAfter(100);
		this.clock.advance(5000);
		assertThat(this.heartbeat.isLoopBlocked()).isFalse();
	}

	@Test
	void pauseDuringStallIsNotOwed() {
		beatAfter(100);
		beatAfter(100);
		beatAfter(100);
		assertThat(owedAfterBeatAfter(60_000)).hasMillis(300);
		assertThat(owedAfterBeatAfter(100)).hasMillis(400);
	}

	@Test
	void pauseIsNotOwedWhenLoopAnswersBeforeTheNextBeat() {
		beatAfter(100);
		answerAfter(2000);
		assertThat(beatAfter(1)).isEqualTo(answer(2000, 100));
	}

	@Test
	void beatThatIsLateForShortIsNotOwedEither() {
		beatAfter(100);
		assertThat(owedAfterBeatAfter(130)).hasMillis(100);
		assertThat(owedAfterBeatAfter(190)).hasMillis(200);
	}

	@Test
	void whatLoopWaitsForProcessorIsNotOwed() {
		beatAfter(100);
		this.starved = true;
		assertThat(owedAfterBeatAfter(100)).hasMillis(10);
		assertThat(owedAfterBeatAfter(100)).hasMillis(20);
		this.starved = false;
		assertThat(owedAfterBeatAfter(100)).hasMillis(120);
		assertThat(this.heartbeat.lag()).hasMillis(300);
	}

	@Test
	void timeBeforeTheFirstBeatIsNotOwed() {
		assertThat(owedAfterBeatAfter(10_000)).isZero();
		assertThat(owedAfterBeatAfter(100)).hasMillis(100);
	}

	@Test
	void lagIsThatOfTheLatestAnswerOrOfTheNextIfThatIsLonger() {
		assertThat(this.heartbeat.lag()).isZero();
		beatAfter(100);
		answerAfter(50);
		assertThat(this.heartbeat.lag()).hasMillis(50);
		beatAfter(50);
		this.clock.advance(20);
		assertThat(this.heartbeat.lag()).hasMillis(50);
		this.clock.advance(70);
		assertThat(this.heartbeat.lag()).hasMillis(90);
	}

	@Test
	void loopThatHasEndedIsNotBlocked() {
		this.ended = true;
		beatAfter(100);
		assertThat(beatAfter(100)).isNull();
		assertThat(owedAfterBeatAfter(100)).isZero();
		assertThat(this.heartbeat.isLoopBlocked()).isFalse();
		assertThat(this.heartbeat.lag()).isZero();
	}

	private Answer beatAfter(long millis) {
		this.clock.advance(millis);
		return this.heartbeat.beat();
	}

	private Duration owedAfterBeatAfter(long millis) {
		assertThat(beatAfter(millis)).isNull();
		return Duration.ofNanos(this.heartbeat.owedNanos());
	}

	private void answerAfter(long millis) {
		this.clock.advance(millis);
		this.loop.remove().run();
	}

	private void accept(Runnable question) {
		if (this.ended) {
			throw new RejectedExecutionException("ended");
		}
		this.loop.add(question);
	}

	private static Answer answer(long lagMillis, long owedMillis) {
		return new Answer(Duration.ofMillis(lagMillis), Duration.ofMillis(owedMillis));
	}

}
