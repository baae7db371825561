package io.github.loopthread;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.LongAdder;

/**
 * Of every call that began: how did it end? Each has exactly one outcome, and none is
 * missing.
 */
public final class CallAccount {

	private final LongAdder begun = new LongAdder();

	private final Map<Outcome, LongAdder> outcomes = new EnumMap<>(Outcome.class);

	public CallAccount() {
		for (Outcome outcome : Outcome.values()) {
			this.outcomes.put(outcome, new LongAdder());
		}
	}

	/**
	 * Make a call and keep account of it.
	 */
	public void call(Runnable call) {
		this.begun.increment();
		this.outcomes.get(outcome(call)).increment();
	}

	public long begun() {
		return this.begun.sum();
	}

	public long ended() {
		return this.outcomes.values().stream().mapToLong(LongAdder::sum).sum();
	}

	public long of(Outcome outcome) {
		return this.outcomes.get(outcome).sum();
	}

	public void print(String title) {
		System.out.printf("%s: %d calls, %s%n", title, begun(), this.outcomes);
	}

	private static Outcome outcome(Runnable call) {
		try {
			call.run();
			return Outcome.VALUE;
		}
		catch (LoopStoppedException ex) {
			return Outcome.STOPPED;
		}
		catch (LoopNotRunningException | LoopOverloadedException ex) {
			return Outcome.REFUSED;
		}
		catch (LoopTimeoutException ex) {
			return Outcome.TIMED_OUT;
		}
		catch (LoopInterruptedException ex) {
			return Outcome.INTERRUPTED;
		}
		catch (IllegalArgumentException ex) {
			return Outcome.FAILED;
		}
		catch (CancellationException | CompletionException ex) {
			return Outcome.CANCELLED;
		}
		catch (Throwable ex) {
			ex.printStackTrace();
			return Outcome.OTHER;
		}
	}

	/**
	 * How a call ends. A task that is meant to fail does so with an
	 * {@link IllegalArgumentException}.
	 */
	public enum Outcome {

		VALUE, FAILED, TIMED_OUT, INTERRUPTED, CANCELLED, REFUSED, STOPPED, OTHER

	}

}
