package io.github.loopthread.soak;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What nobody should do on a loop.
 */
final class Blocking {

	private Blocking() {
	}

	static void sleep(Duration duration) {
		try {
			// Nothing if it is negative
			TimeUnit.NANOSECONDS.sleep(duration.toNanos());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

}
