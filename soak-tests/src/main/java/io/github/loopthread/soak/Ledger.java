package io.github.loopthread.soak;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Of every call that began: how did it end, and which promise was broken?
 */
@Component
class Ledger {

	private static final Log logger = LogFactory.getLog(Ledger.class);

	/**
	 * No call takes so long, whatever happens: its timeout is one second, and the longest
	 * fault takes three.
	 */
	private static final long HUNG_NANOS = TimeUnit.SECONDS.toNanos(10);

	private static final int EXAMPLES = 10;

	private final LongAdder begun = new LongAdder();

	private final Map<Outcome, LongAdder> outcomes = new EnumMap<>(Outcome.class);

	private final Map<Outcome, LongAdder> outcomesWithoutTask = new EnumMap<>(Outcome.class);

	private final Map<String, Call> open = new ConcurrentHashMap<>();

	private final Map<String, LongAdder> violations = new ConcurrentHashMap<>();

	Ledger() {
		for (Outcome outcome : Outcome.values()) {
			this.outcomes.put(outcome, new LongAdder());
			this.outcomesWithoutTask.put(outcome, new LongAdder());
		}
	}

	/**
	 * Begin a call, for which the calling thread gets values of its own.
	 */
	Call begin(String id) {
		CallerValues.set(id);
		this.begun.increment();
		Call call = new Call(id, this);
		if (this.open.put(id, call) != null) {
			violated("every call has an ID of its own", call.toString(), null);
		}
		return call;
	}

	/**
	 * Note that the library has made a task of a call.
	 */
	void becameTask(String id) {
		Call call = this.open.get(id);
		if (call != null) {
			call.becameTask();
		}
		else {
			violated("every task is that of a call", "There is no call '%s'".formatted(id), null);
		}
	}

	void ended(Call call, Outcome outcome) {
		this.outcomes.get(outcome).increment();
		if (!call.hasTask()) {
			this.outcomesWithoutTask.get(outcome).increment();
		}
		this.open.remove(call.id(), call);
		if (call.ageNanos() > HUNG_NANOS) {
			violated("no call hangs", call + " took " + TimeUnit.NANOSECONDS.toMillis(call.ageNanos()) + "ms", null);
		}
	}

	/**
	 * Note that a promise was broken.
	 */
	void violated(String promise, String detail, @Nullable Throwable ex) {
		LongAdder count = this.violations.computeIfAbsent(promise, (key) -> new LongAdder());
		count.increment();
		if (count.sum() <= EXAMPLES) {
			logger.error("Broken: %s. %s".formatted(promise, detail), ex);
		}
	}

	/**
	 * Wait until every call has ended, and note those that do not.
	 */
	void awaitAllEnded() throws InterruptedException {
		long deadline = System.nanoTime() + HUNG_NANOS;
		while (!this.open.isEmpty() && System.nanoTime() < deadline) {
			TimeUnit.MILLISECONDS.sleep(10);
		}
		this.open.values().forEach((call) -> violated("no call hangs", call + " has not ended", null));
	}

	long begun() {
		return this.begun.sum();
	}

	int open() {
		return this.open.size();
	}

	Map<Outcome, Long> outcomes() {
		return sums(this.outcomes);
	}

	/**
	 * Return the outcomes of those calls of which the library has made no task.
	 */
	Map<Outcome, Long> outcomesWithoutTask() {
		return sums(this.outcomesWithoutTask);
	}

	Map<String, Long> violations() {
		Map<String, Long> sums = new TreeMap<>();
		this.violations.forEach((promise, count) -> sums.put(promise, count.sum()));
		return sums;
	}

	private static Map<Outcome, Long> sums(Map<Outcome, LongAdder> counts) {
		Map<Outcome, Long> sums = new EnumMap<>(Outcome.class);
		counts.forEach((outcome, count) -> sums.put(outcome, count.sum()));
		return sums;
	}

}
