package io.github.loopthread.leaks;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

import org.slf4j.MDC;

import io.github.loopthread.CallAccount;
import io.github.loopthread.CallAccount.Call;
import io.github.loopthread.CallAccount.Outcome;

/**
 * The program of a process of its own: makes calls of all kinds from threads that stay,
 * as those of a web server do, and takes a census again and again.
 */
final class MixedCalls {

	private static final int CALLERS = 16;

	private final List<BiConsumer<Call, Random>> kinds = new ArrayList<>();

	private final CallAccount account = new CallAccount();

	private final List<Random> randoms;

	private MixedCalls(long seed) {
		this.randoms = new Random(seed).ints(CALLERS).mapToObj(Random::new).toList();
	}

	/**
	 * Called with how many calls to make, how often to count meanwhile, and the URL of
	 * the upstream. As many calls as between two counts warm up before.
	 */
	public static void main(String[] args) throws Exception {
		long calls = Long.parseLong(args[0]);
		int counts = Integer.parseInt(args[1]);
		long seed = System.nanoTime();
		MixedCalls mixed = new MixedCalls(seed);
		ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
		try (Subject subject = new Subject(args[2]);
				CallsWithoutSockets withoutSockets = new CallsWithoutSockets(subject.loop())) {
			mixed.kinds.addAll(withoutSockets.kinds());
			mixed.kinds.addAll(new CallsOverSockets(subject.loop(), subject.client()).kinds());
			for (int i = 0; i <= counts; i++) {
				mixed.call(callers, calls / counts);
				System.out.println(subject.whileRunning(calls / counts * i));
			}
		}
		mixed.account.print("%d kinds of calls from %d threads, seed %d".formatted(mixed.kinds.size(), CALLERS, seed));
		mixed.check();
		System.exit(0);
	}

	private void call(ExecutorService callers, long calls) throws Exception {
		List<Future<?>> running = new ArrayList<>();
		for (Random random : this.randoms) {
			running.add(callers.submit(() -> {
				for (long i = 0; i < calls / CALLERS; i++) {
					MDC.put("call", "c" + i);
					BiConsumer<Call, Random> kind = this.kinds.get(random.nextInt(this.kinds.size()));
					this.account.call((call) -> kind.accept(call, random));
				}
			}));
		}
		for (Future<?> future : running) {
			future.get(1, TimeUnit.HOURS);
		}
	}

	private void check() {
		this.account.assertIsBalanced();
		for (Outcome outcome : Outcome.values()) {
			boolean meant = outcome != Outcome.OTHER && outcome != Outcome.STOPPED;
			if (meant == (this.account.of(outcome) == 0)) {
				throw new AssertionError("%s: %d".formatted(outcome, this.account.of(outcome)));
			}
		}
	}

}
