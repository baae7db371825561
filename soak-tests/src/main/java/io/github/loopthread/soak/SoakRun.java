package io.github.loopthread.soak;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.github.loopthread.faults.FaultProxy;
import io.github.loopthread.soak.ApplicationProcess.Command;

/**
 * One run: start, warm-up, census, load and faults, and the census once more.
 */
final class SoakRun {

	private static final Duration WARM_UP = Duration.ofSeconds(2);

	/**
	 * So long the compilers work at what the load needs, before it meets the first fault.
	 */
	private static final Duration COMPILING = Duration.ofSeconds(15);

	/** So long a machine that does other things as well may take to be warm. */
	private static final Duration LONGEST_WARM_UP = Duration.ofSeconds(60);

	/** So long a recovery is waited for. */
	private static final Duration PATIENCE = Duration.ofSeconds(15);

	private final long beginNanos = System.nanoTime();

	private final Options options;

	private final Path log;

	private final List<InjectedFault> faults = new ArrayList<>();

	SoakRun(Options options, Path log) {
		this.options = options;
		this.log = log;
	}

	Results run() throws Exception {
		try (Upstream upstream = new Upstream();
				FaultProxy network = new FaultProxy(upstream.port());
				Child application = Child.start(network.port(), this.options.length(), this.log)) {
			int port = application.ask(Integer.class, Command.PORT);
			warmUp(port);
			application.tell(Command.AWAIT_END);
			Census baseline = awaitBaseline(application);
			try (Load load = new Load(port, this.options.pages(), left().plusSeconds(60))) {
				injectFaults(application, network, load);
				load.stop();
				application.tell(Command.AWAIT_END);
				Account account = application.ask(Account.class, Command.ACCOUNT);
				load.close();
				Census census = awaitCensus(application, baseline);
				// What the census has found
				Account last = application.ask(Account.class, Command.ACCOUNT);
				return new Results(this.options, this.faults, account.withViolations(last.violations()), load, baseline,
						census, application.leaks());
			}
		}
	}

	/**
	 * Let the application load its classes. The load grows, since a cold application that
	 * gets more than it can do has nothing but timeouts, and stays cold.
	 */
	private void warmUp(int port) throws InterruptedException {
		try (Load load = new Load(port, this.options.pages(), Duration.ofMinutes(5))) {
			for (double share : new double[] { 0.1, 0.3, 1 }) {
				load.multiplyBy(share);
				Blocking.sleep(WARM_UP);
				if (awaitRecovery(load, load.slot(), LONGEST_WARM_UP).isEmpty()) {
					throw new IllegalStateException(
							"This machine is too slow, or too busy, for %.0f pages a second, with answers %s. See '--pages'"
								.formatted(share * this.options.pages(), load.answers()));
				}
			}
			Blocking.sleep(COMPILING);
			load.stop();
		}
	}

	private void injectFaults(Child application, FaultProxy network, Load load) throws Exception {
		Schedule schedule = new Schedule(this.options.seed());
		Injector injector = new Injector(application, network, load);
		while (true) {
			PlannedFault planned = schedule.next();
			Duration rest = left().minus(planned.pause()).minus(planned.duration());
			if (rest.isNegative()) {
				// Until its time is over
				Blocking.sleep(left());
				return;
			}
			Blocking.sleep(planned.pause());
			int begin = load.slot();
			injector.inject(planned);
			int end = load.slot();
			InjectedFault fault = new InjectedFault(planned, History.SLOT.multipliedBy(begin),
					History.SLOT.multipliedBy(end - begin), load.history().window(begin, end - begin + 1).success(),
					awaitRecovery(load, end, PATIENCE));
			this.faults.add(fault);
			System.err.println(this.faults.size() + ": " + fault);
		}
	}

	private static Optional<Duration> awaitRecovery(Load load, int end, Duration atMost) {
		Recovery recovery = new Recovery(load.history(), end);
		long deadline = System.nanoTime() + atMost.toNanos();
		Optional<Duration> found = recovery.look(load.slot());
		while (found.isEmpty() && System.nanoTime() < deadline) {
			Blocking.sleep(History.SLOT);
			found = recovery.look(load.slot());
		}
		return found;
	}

	/** Take the census when the connections of the warm-up have been closed. */
	private static Census awaitBaseline(Child application) throws Exception {
		Census before = application.ask(Census.class, Command.CENSUS);
		while (true) {
			Blocking.sleep(Duration.ofMillis(500));
			Census census = application.ask(Census.class, Command.CENSUS);
			if (census.sockets() >= before.sockets()) {
				return before;
			}
			before = census;
		}
	}

	/** Take the census when what ends in its own time has done so. */
	private static Census awaitCensus(Child application, Census baseline) throws Exception {
		Census census = application.ask(Census.class, Command.CENSUS);
		for (int i = 0; i < 10 && !census.isAtMost(baseline); i++) {
			Blocking.sleep(Duration.ofMillis(500));
			census = census.withLater(application.ask(Census.class, Command.CENSUS));
		}
		return census;
	}

	private Duration left() {
		return this.options.length().minusNanos(System.nanoTime() - this.beginNanos);
	}

}
