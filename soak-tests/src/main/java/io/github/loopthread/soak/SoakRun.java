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

	private static final Duration WARM_UP = Duration.ofSeconds(4);

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
				Child application = Child.start(network.port(), this.log)) {
			int port = application.ask(Integer.class, Command.PORT);
			warmUp(port);
			application.tell(Command.AWAIT_END);
			Census baseline = awaitCensus(application, Optional.empty());
			try (Load load = new Load(port, this.options.pages(), left().plusSeconds(60))) {
				injectFaults(application, network, load);
				load.stop();
				application.tell(Command.AWAIT_END);
				Account account = application.ask(Account.class, Command.ACCOUNT);
				load.close();
				Census census = awaitCensus(application, Optional.of(baseline));
				// What the census has found
				Account last = application.ask(Account.class, Command.ACCOUNT);
				return new Results(this.options, this.faults, account.withViolations(last.violations()), load,
						baseline, census, application.leaks());
			}
		}
	}

	private void warmUp(int port) throws InterruptedException {
		try (Load load = new Load(port, this.options.pages(), WARM_UP.plusSeconds(1))) {
			// Further ones than the usual load has, for code that is new to the faults
			load.multiplyBy(2);
			Blocking.sleep(WARM_UP);
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
				return;
			}
			Blocking.sleep(planned.pause());
			int begin = load.slot();
			injector.inject(planned);
			int end = load.slot();
			InjectedFault fault = new InjectedFault(planned, History.SLOT.multipliedBy(begin),
					History.SLOT.multipliedBy(end - begin), load.history().window(begin, end - begin + 1).success(),
					awaitRecovery(new Recovery(load.history(), end), load));
			this.faults.add(fault);
			System.err.println(this.faults.size() + ": " + fault);
		}
	}

	private static Optional<Duration> awaitRecovery(Recovery recovery, Load load) {
		long deadline = System.nanoTime() + PATIENCE.toNanos();
		Optional<Duration> found = recovery.look(load.slot());
		while (found.isEmpty() && System.nanoTime() < deadline) {
			Blocking.sleep(History.SLOT);
			found = recovery.look(load.slot());
		}
		return found;
	}

	/** Take the census when what ends in its own time has done so. */
	private static Census awaitCensus(Child application, Optional<Census> baseline) throws Exception {
		Census census = application.ask(Census.class, Command.CENSUS);
		for (int i = 0; i < 10 && !census.isAtMost(baseline.orElse(census)); i++) {
			Blocking.sleep(Duration.ofMillis(500));
			census = application.ask(Census.class, Command.CENSUS);
		}
		return census;
	}

	private Duration left() {
		return this.options.length().minusNanos(System.nanoTime() - this.beginNanos);
	}

}
