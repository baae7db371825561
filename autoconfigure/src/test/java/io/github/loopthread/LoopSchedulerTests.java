package io.github.loopthread;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;
import reactor.test.scheduler.VirtualTimeScheduler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoopScheduler} on a clock that is driven by hand, outside of tasks.
 */
@Timeout(60)
class LoopSchedulerTests {

	private final VirtualTimeScheduler clock = VirtualTimeScheduler.create();

	private final LoopScheduler scheduler = new LoopScheduler(() -> this.clock);

	private final AtomicInteger runs = new AtomicInteger();

	@Test
	void runsWhatIsDue() {
		assertThat(this.scheduler.schedule(this.runs::incrementAndGet)).isNotNull();
		this.scheduler.schedule(this.runs::incrementAndGet, 10, TimeUnit.MILLISECONDS);
		assertRuns(0, 1);
		assertRuns(9, 1);
		assertRuns(1, 2);
	}

	@Test
	void runsPeriodicallyUntilThatIsDisposed() {
		Disposable periodic = this.scheduler.schedulePeriodically(this.runs::incrementAndGet, 10, 20,
				TimeUnit.MILLISECONDS);
		assertRuns(9, 0);
		assertRuns(1, 1);
		assertRuns(40, 3);
		periodic.dispose();
		assertRuns(100, 3);
	}

	@Test
	void runsNothingThatIsDisposedBeforeItIsDue() {
		this.scheduler.schedule(this.runs::incrementAndGet, 10, TimeUnit.MILLISECONDS).dispose();
		assertRuns(100, 0);
	}

	@Test
	void isNotToBeDisposed() {
		this.scheduler.dispose();
		this.scheduler.schedule(this.runs::incrementAndGet);
		assertRuns(0, 1);
	}

	@Test
	void workerRunsWhatIsDueUntilItIsDisposed() {
		Scheduler.Worker worker = this.scheduler.createWorker();
		assertThat(worker.isDisposed()).isFalse();
		assertThat(worker.schedule(this.runs::incrementAndGet)).isNotNull();
		worker.schedule(this.runs::incrementAndGet, 10, TimeUnit.MILLISECONDS);
		worker.schedulePeriodically(this.runs::incrementAndGet, 100, 20, TimeUnit.MILLISECONDS);
		assertRuns(0, 1);
		assertRuns(10, 2);
		assertRuns(90, 3);
		assertRuns(40, 5);
		worker.dispose();
		assertThat(worker.isDisposed()).isTrue();
		assertRuns(1000, 5);
	}

	@Test
	void workerRunsNothingThatIsDisposedBeforeItIsDue() {
		Scheduler.Worker worker = this.scheduler.createWorker();
		worker.schedule(this.runs::incrementAndGet, 10, TimeUnit.MILLISECONDS).dispose();
		worker.schedulePeriodically(this.runs::incrementAndGet, 10, 10, TimeUnit.MILLISECONDS).dispose();
		assertRuns(100, 0);
	}

	private void assertRuns(long afterMillis, int expected) {
		this.clock.advanceTimeBy(Duration.ofMillis(afterMillis));
		assertThat(this.runs).hasValue(expected);
	}

}
