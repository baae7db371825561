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
 * @param withoutTask outcomes of those among them of which the library has made no task
 * @param told outcomes of tasks as the library tells them
 * @param toldOpen tasks of which the library has told no outcome
 * @param violations promises that were broken, and how often
 * @param stalls reports of a blocked loop
 * @param fatalErrors errors that tasks were made to throw
 * @param leasesNotReleased objects that were acquired and not released
 */
record Account(long begun, int open, Map<Outcome, Long> outcomes, Map<Outcome, Long> withoutTask,
		Map<LoopTaskListener.Outcome, Long> told, long toldOpen, Map<String, Long> violations, long stalls,
		long fatalErrors, int leasesNotReleased) {

	long ended() {
		return this.outcomes.values().stream().mapToLong(Long::longValue).sum();
	}

	long of(Outcome outcome) {
		return this.outcomes.get(outcome);
	}

	/**
	 * Return the outcomes of the calls that became tasks, which are those that the
	 * library must have told.
	 */
	Map<Outcome, Long> ofTasks() {
		Map<Outcome, Long> ofTasks = new TreeMap<>();
		this.outcomes.forEach((outcome, count) -> ofTasks.put(outcome, count - this.withoutTask.get(outcome)));
		return ofTasks;
	}

	/**
	 * Return how many calls became no task and cannot say why. There is none yet when a
	 * caller is interrupted before it begins, or a scope is refused, or its caller
	 * interrupted while the loop starts.
	 */
	long withoutTaskOrReason() {
		return this.withoutTask.entrySet()
			.stream()
			.filter((count) -> count.getKey() != Outcome.INTERRUPTED && count.getKey() != Outcome.REFUSED)
			.mapToLong(Map.Entry::getValue)
			.sum();
	}

	/**
	 * Return what the library tells in the words of the ledger.
	 */
	Map<Outcome, Long> toldInOurWords() {
		Map<Outcome, Long> words = new TreeMap<>();
		words.put(Outcome.VALUE, this.told.get(LoopTaskListener.Outcome.SUCCESS));
		words.put(Outcome.FAILED, this.told.get(LoopTaskListener.Outcome.ERROR));
		words.put(Outcome.TIMED_OUT, this.told.get(LoopTaskListener.Outcome.TIMEOUT));
		words.put(Outcome.STOPPED, this.told.get(LoopTaskListener.Outcome.STOPPED));
		words.put(Outcome.INTERRUPTED, this.told.get(LoopTaskListener.Outcome.INTERRUPTED));
		words.put(Outcome.CANCELLED, this.told.get(LoopTaskListener.Outcome.CANCELLED));
		words.put(Outcome.REFUSED, this.told.get(LoopTaskListener.Outcome.REJECTED));
		words.put(Outcome.OTHER, 0L);
		return words;
	}

	/** Return this account with the violations of a later one. */
	Account withViolations(Map<String, Long> violations) {
		return new Account(this.begun, this.open, this.outcomes, this.withoutTask, this.told, this.toldOpen, violations,
				this.stalls, this.fatalErrors, this.leasesNotReleased);
	}

}
