package io.github.loopthread.soak;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

import io.github.loopthread.faults.FaultProxy;
import io.github.loopthread.soak.ApplicationProcess.Command;

/**
 * Lets faults happen.
 */
final class Injector {

	private static final int BURST = 10;

	private final Child application;

	private final FaultProxy network;

	private final Load load;

	Injector(Child application, FaultProxy network, Load load) {
		this.application = application;
		this.network = network;
		this.load = load;
	}

	/** Let a fault happen, and return when it is over. */
	void inject(PlannedFault fault) throws Exception {
		switch (fault.kind()) {
			case NETWORK -> disturbNetwork(fault);
			case BLOCKED -> this.application.tell(Command.BLOCK, fault.duration().toMillis());
			case BURST -> {
				this.load.multiplyBy(BURST);
				Blocking.sleep(fault.duration());
				this.load.multiplyBy(1);
			}
			case CANCEL -> this.application.tell(Command.CANCEL);
			case INTERRUPT -> this.application.tell(Command.INTERRUPT);
			case RESET -> {
				// Each finds connections that have been opened since
				for (int i = 0; i < 5; i++) {
					this.network.reset();
					Blocking.sleep(Duration.ofMillis(100));
				}
			}
			case RESTART -> this.application.tell(Command.RESTART);
			case FATAL -> {
				this.application.tell(Command.FATAL, true);
				Blocking.sleep(fault.duration());
				this.application.tell(Command.FATAL, false);
			}
			case SUSPENDED -> {
				this.application.signal("STOP");
				Blocking.sleep(fault.duration());
				this.application.signal("CONT");
			}
		}
	}

	private void disturbNetwork(PlannedFault fault) throws Exception {
		if (fault.network() == NetworkFault.DOWN) {
			this.network.down();
			Blocking.sleep(fault.duration());
			this.network.up();
			return;
		}
		CountDownLatch end = new CountDownLatch(1);
		this.network.inject(fault.direction(), fault.network().create(end));
		Blocking.sleep(fault.duration());
		this.network.clear();
		end.countDown();
	}

}
