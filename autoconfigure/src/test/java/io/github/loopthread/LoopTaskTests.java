package io.github.loopthread;

import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoopTask} as the stop of a loop sees it: cancelled first, and given
 * its outcome afterwards.
 */
@Timeout(60)
class LoopTaskTests {

	private final DroppedResults dropped = new DroppedResults();

	private final AtomicReference<CoreSubscriber<? super String>> subscriber = new AtomicReference<>();

	private final LoopTask<String> task = new LoopTask<>(new HandMade(),
			TaskOrigin.internal("unnamed", Deadline.after(null)), new TaskHome(Runnable::run, null, this.dropped),
			null);

	@Test
	void valueThatCameBeforeCancelIsThereWhenSourceCompletes() {
		this.task.start();
		this.subscriber.get().onNext("value");
		this.task.cancelSource();
		this.subscriber.get().onComplete();
		assertThat(this.task).isCompletedWithValue("value");
	}

	@Test
	void valueThatCameBeforeCancelIsDroppedWhenTaskIsStopped() {
		this.task.start();
		this.subscriber.get().onNext("value");
		this.task.cancelSource();
		this.task.stop();
		assertThat(this.task).isCompletedExceptionally();
		assertThat(this.dropped.count()).isEqualTo(1);
	}

	@Test
	void sourceThatEndsBecauseItIsCancelledLeavesOutcomeToWhoeverStopsIt() {
		this.task.start();
		this.task.cancelSource();
		this.subscriber.get().onError(new CancellationException());
		assertThat(this.task).isNotDone();
		this.task.stop();
		assertThat(this.task.failure()).isInstanceOf(LoopStoppedException.class);
	}

	private final class HandMade extends Mono<String> {

		@Override
		public void subscribe(CoreSubscriber<? super String> subscriber) {
			LoopTaskTests.this.subscriber.set(subscriber);
			subscriber.onSubscribe(Operators.emptySubscription());
		}

	}

}
