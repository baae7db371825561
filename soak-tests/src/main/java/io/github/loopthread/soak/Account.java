package io.github.loopthread.soak;

import java.util.Map;
import java.util.TreeMap;

import io.github.loopthread.LoopTaskListener;

/**
 * What has become of all calls so far.
 *
 * @param begun calls that began
 * @param open calls that have not ended
 * @param outcomes of those that have
 * @param told outcomes of tasks as the library tells them
 * @param toldOpen tasks of which the library has told no outcome
 * @param violations promises that were broken, and how often
 * @param stalls reports of a blocked loop
 * @param fatalErrors errors that tasks were made to throw
 * @param leasesNotReleased objects that were acquired and not released
 */
record Account(long begun, int open, Map<Outcome, Long> outcomes, Map<LoopTaskListener.Outcome, Long> told,
		long toldOpen, Map<String, Long> violations, long stalls, long fatalErrors, int leasesNotReleased) {

	long ended() {
		return this.outcomes.values().stream().mapToLong(Long::longValue).sum();
	}

	long of(Outcome outcome) {
		return this.outcomes.get(outcome);
	}

	/**
	 * Return what the library tells in the words of the ledger, without the refused: a
	 * scope that is refused has no task.
	 */
	Map<Outcome, Long> toldInOurWords() {
		Map<Outcome, Long> words = new TreeMap<>();
		words.put(Outcome.VALUE, this.told.get(LoopTaskListener.Outcome.SUCCESS));
		words.put(Outcome.FAILED, this.told.get(LoopTaskListener.Outcome.ERROR));
		words.put(Outcome.TIMED_OUT, this.told.get(LoopTaskListener.Outcome.TIMEOUT));
		words.put(Outcome.STOPPED, this.told.get(LoopTaskListener.Outcome.STOPPED));
		words.put(Outcome.CANCELLED, this.told.get(LoopTaskListener.Outcome.CANCELLED));
		return words;
	}

	/** Return this account with the violations of a later one. */
	Account withViolations(Map<String, Long> violations) {
		return new Account(this.begun, this.open, this.outcomes, this.told, this.toldOpen, violations, this.stalls,
				this.fatalErrors, this.leasesNotReleased);
	}

}
