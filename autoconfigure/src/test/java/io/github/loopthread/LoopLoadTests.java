package io.github.loopthread;

import java.time.Duration;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoopLoad}, with a clock that is driven by hand.
 */
@Timeout(60)
class LoopLoadTests {

	private static final Offset<Double> EXACTLY = Offset.offset(0.001);

	private final HandDrivenClock clock = new HandDrivenClock();

	private Duration active = Duration.ZERO;

	private final LoopLoad load = new LoopLoad(() -> this.active.toNanos(), this.clock);

	@Test
	void isZeroBeforeTheFirstSample() {
		assertThat(this.load.share()).isZero();
	}

	@Test
	void isTheShareOfTheTimeThatHasPassed() {
		sample(25, 100);
		assertThat(this.load.share()).isEqualTo(0.25, EXACTLY);
		sample(75, 100);
		assertThat(this.load.share()).isEqualTo(0.5, EXACTLY);
	}

	@Test
	void countsTheLatestTenSamples() {
		sample(100, 100);
		for (int i = 0; i < 9; i++) {
			sample(0, 100);
		}
		assertThat(this.load.share()).isEqualTo(0.1, EXACTLY);
		sample(0, 100);
		assertThat(this.load.share()).isZero();
	}

	@Test
	void isOneAtMostAlthoughWorkIsCountedWhenItIsDone() {
		for (int i = 0; i < 10; i++) {
			sample(0, 100);
		}
		sample(5000, 100);
		assertThat(this.load.share()).isEqualTo(1, EXACTLY);
	}

	@Test
	void samplesAtTheSameTimeChangeNothing() {
		sample(0, 0);
		assertThat(this.load.share()).isZero();
		sample(50, 100);
		sample(0, 0);
		assertThat(this.load.share()).isEqualTo(0.5, EXACTLY);
	}

	private void sample(long activeMillis, long elapsedMillis) {
		this.active = Duration.ofMillis(activeMillis);
		this.clock.advance(elapsedMillis);
		this.load.sample();
	}

}
