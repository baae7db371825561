package io.github.loopthread.soak;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/**
 * What a run has given, and what was demanded of it: of 30 minutes at least two million
 * calls, 150 faults and 50 restarts of the loop, of others in proportion, and of less
 * load fewer calls.
 *
 * @param options what was asked for
 * @param faults what happened
 * @param account what became of the calls
 * @param load what became of the requests
 * @param baseline what there was before
 * @param census what is left
 * @param leaks reports of buffers that were not released
 */
record Results(Options options, List<InjectedFault> faults, Account account, Load load, Census baseline, Census census,
		int leaks) {

	static final Duration RECOVERY = Duration.ofSeconds(2);

	// As the starter and the application answer
	private static final Set<String> ANSWERS = Set.of("200", "502", "503", "504");

	long demanded(int inThirtyMinutes) {
		return (long) (inThirtyMinutes * Math.min(1, this.options.minutes() / 30));
	}

	/** The first half minute is for starting and warming up. */
	long demandedCalls() {
		double load = (double) this.options.pages() / Options.PAGES;
		return (long) (2_000_000 * load * Math.min(1, (this.options.minutes() - 0.5) / 29.5));
	}

	long count(FaultKind kind) {
		return this.faults.stream().filter((fault) -> fault.planned().kind() == kind).count();
	}

	List<Promise> promises() {
		Account account = this.account;
		long kinds = this.faults.stream().map((fault) -> fault.planned().kind()).distinct().count();
		long late = this.faults.stream().filter((fault) -> !fault.isRecoveredWithin(RECOVERY)).count();
		long blocks = count(FaultKind.BLOCKED);
		Map<String, LongAdder> unexpected = new TreeMap<>(this.load.answers());
		unexpected.keySet().removeAll(ANSWERS);
		return List.of(Promise.atLeast("calls", demandedCalls(), account.begun()),
				Promise.atLeast("faults", demanded(150), this.faults.size()),
				Promise.atLeast("kinds of faults", FaultKind.values().length, kinds),
				Promise.atLeast("restarts of the loop", demanded(50), count(FaultKind.RESTART)),
				Promise.same("calls that began are those that ended", account.begun(), account.ended()),
				Promise.none("calls that hang", account.open()),
				Promise.none("requests that were not answered", this.load.sent() - this.load.answered()),
				Promise.same("answers beside " + ANSWERS.stream().sorted().toList(), Map.of(), unexpected),
				Promise.same("broken promises of single calls", Map.of(), account.violations()),
				Promise.same("the library tells the same outcomes of tasks", account.ofTasks(),
						account.toldInOurWords()),
				Promise.none("calls without a task that were neither refused nor interrupted",
						account.withoutTaskOrReason()),
				Promise.none("tasks without an outcome, by what the library tells", account.toldOpen()),
				Promise.none("leases not released", account.leasesNotReleased()),
				Promise.none("faults without recovery within " + RECOVERY.toSeconds() + " s", late),
				Promise.atLeast("reports of the blocked loop", blocks, account.stalls()),
				Promise.atLeast("fatal errors thrown", 1, account.fatalErrors()),
				Promise.none("buffers reported as not released", this.leaks),
				new Promise("nothing left that was not there before", "yes", leftovers(), isNothingLeft()));
	}

	private boolean isNothingLeft() {
		return this.census.isAtMost(this.baseline);
	}

	private String leftovers() {
		return isNothingLeft() ? "yes" : "%s, before %s".formatted(this.census, this.baseline);
	}

	boolean isKept() {
		return promises().stream().allMatch(Promise::kept);
	}

	List<String> outcomes() {
		return this.account.outcomes()
			.entrySet()
			.stream()
			.map((outcome) -> "%s %,d".formatted(outcome.getKey(), outcome.getValue()))
			.collect(Collectors.toList());
	}

}
