package io.github.loopthread.soak;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RecoveryTests {

	private static final int PER_SLOT = 8;

	private final History history = new History(Duration.ofSeconds(10));

	@Test
	void isImmediateWhenAllIsWell() {
		requests(0, 40, PER_SLOT);
		assertThat(new Recovery(this.history, 5).look(20)).contains(Duration.ZERO);
	}

	@Test
	void beginsWithTheFirstWindowThatIsWell() {
		requests(0, 20, 0);
		requests(20, 40, PER_SLOT);
		assertThat(new Recovery(this.history, 10).look(40)).contains(History.SLOT.multipliedBy(10));
	}

	@Test
	void oneIn16FailuresIsTooMuch() {
		requests(0, 40, PER_SLOT);
		for (int slot = 0; slot < 40; slot += 2) {
			this.history.due(slot);
			this.history.ended(slot, false);
		}
		assertThat(new Recovery(this.history, 5).look(40)).isEmpty();
	}

	@Test
	void waitsForRequestsThatAreUnderWay() {
		requests(0, 20, PER_SLOT);
		for (int i = 0; i < PER_SLOT; i++) {
			this.history.due(6);
		}
		Recovery recovery = new Recovery(this.history, 5);
		assertThat(recovery.look(20)).isEmpty();
		for (int i = 0; i < PER_SLOT; i++) {
			this.history.ended(6, true);
		}
		assertThat(recovery.look(20)).contains(Duration.ZERO);
	}

	@Test
	void doesNotLookIntoTheFuture() {
		requests(0, 40, PER_SLOT);
		assertThat(new Recovery(this.history, 35).look(40)).isEmpty();
	}

	private void requests(int from, int to, int good) {
		for (int slot = from; slot < to; slot++) {
			for (int i = 0; i < PER_SLOT; i++) {
				this.history.due(slot);
				this.history.ended(slot, i < good);
			}
		}
	}

}
