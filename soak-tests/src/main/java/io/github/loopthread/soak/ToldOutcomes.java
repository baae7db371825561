package io.github.loopthread.soak;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import io.github.loopthread.LoopTaskListener;

/**
 * The library's own account: what it tells listeners of the outcomes of tasks.
 */
@Component
class ToldOutcomes implements LoopTaskListener.Factory {

	private final Ledger ledger;

	private final LongAdder begun = new LongAdder();

	private final Map<LoopTaskListener.Outcome, LongAdder> outcomes = new EnumMap<>(LoopTaskListener.Outcome.class);

	ToldOutcomes(Ledger ledger) {
		this.ledger = ledger;
		for (LoopTaskListener.Outcome outcome : LoopTaskListener.Outcome.values()) {
			this.outcomes.put(outcome, new LongAdder());
		}
	}

	@Override
	public @Nullable LoopTaskListener create(String task) {
		if (task.equals(CensusTaker.NO_CALL)) {
			return null;
		}
		String call = CallerValues.current();
		this.begun.increment();
		this.ledger.becameTask(call);
		return new Told(call);
	}

	long open() {
		return this.begun.sum() - outcomes().values().stream().mapToLong(Long::longValue).sum();
	}

	Map<LoopTaskListener.Outcome, Long> outcomes() {
		Map<LoopTaskListener.Outcome, Long> sums = new EnumMap<>(LoopTaskListener.Outcome.class);
		this.outcomes.forEach((outcome, count) -> sums.put(outcome, count.sum()));
		return sums;
	}

	private final class Told implements LoopTaskListener {

		private final String call;

		private final AtomicInteger ends = new AtomicInteger();

		Told(String call) {
			this.call = call;
		}

		@Override
		public void ended(Outcome outcome, @Nullable Throwable failure) {
			ToldOutcomes.this.outcomes.get(outcome).increment();
			if (this.ends.incrementAndGet() > 1) {
				ToldOutcomes.this.ledger.violated("one outcome",
						"Listener of call '%s' was told %s as well".formatted(this.call, outcome), failure);
			}
		}

	}

}
