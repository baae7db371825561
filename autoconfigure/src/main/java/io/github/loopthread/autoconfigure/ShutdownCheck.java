package io.github.loopthread.autoconfigure;

import java.time.Duration;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import io.github.loopthread.LoopSettings;

/**
 * Says so when Spring would not wait until the loop has drained and closed.
 */
final class ShutdownCheck {

	private static final Log logger = LogFactory.getLog(ShutdownCheck.class);

	private ShutdownCheck() {
	}

	static void warn(LoopSettings settings, Duration phaseTimeout) {
		// Subtracted, as the sum may be more than a duration can be
		if (phaseTimeout.minus(settings.closeTimeout()).compareTo(settings.drainTimeout()) <= 0) {
			logger.warn(("'loop.shutdown.drain-timeout' (%s) and 'loop.shutdown.close-timeout' (%s, for each resource, "
					+ "at least once) are together not smaller than 'spring.lifecycle.timeout-per-shutdown-phase' (%s), after which Spring goes on and "
					+ "closes what tasks still use. Lower the first, or raise the last")
				.formatted(PropertyRules.print(settings.drainTimeout()), PropertyRules.print(settings.closeTimeout()),
						PropertyRules.print(phaseTimeout)));
		}
	}

}
