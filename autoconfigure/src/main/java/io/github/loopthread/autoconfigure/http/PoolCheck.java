package io.github.loopthread.autoconfigure.http;

import java.time.Duration;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.env.Environment;

import io.github.loopthread.LoopSettings;
import io.github.loopthread.autoconfigure.LoopProperties;
import io.github.loopthread.autoconfigure.PropertyRules;

/**
 * Says so when the limits of the loop and those of the shared client's connection pool
 * contradict each other.
 */
final class PoolCheck {

	private static final Log logger = LogFactory.getLog(PoolCheck.class);

	private static final String ACQUIRE_TIMEOUT = "loop.web-client.pending-acquire-timeout";

	private PoolCheck() {
	}

	static void warn(LoopWebClientProperties pool, ObjectProvider<LoopSettings> loopSettings,
			ObjectProvider<LoopProperties> loopProperties, Environment environment) {
		loopSettings.ifAvailable((settings) -> compareLimits(settings.maxConcurrentTasks(), pool));
		// Whoever sets only a short 'loop.timeout' has not asked for a longer wait
		if (environment.containsProperty(ACQUIRE_TIMEOUT)) {
			loopProperties
				.ifAvailable((properties) -> compareTimeouts(properties.timeout(), pool.pendingAcquireTimeout()));
		}
	}

	private static void compareLimits(int tasks, LoopWebClientProperties pool) {
		int waiting = pool.pendingAcquireMaxCount();
		if (waiting != -1 && tasks > (long) pool.maxConnections() + waiting) {
			logger.warn(("'loop.max-concurrent-tasks' (%d) is more than the shared WebClient takes for one host, which "
					+ "is 'loop.web-client.max-connections' (%d) and 'loop.web-client.pending-acquire-max-count' (%d) "
					+ "together: calls beyond that fail. Lower the first, or raise one of the others")
				.formatted(tasks, pool.maxConnections(), waiting));
		}
	}

	private static void compareTimeouts(Duration timeout, Duration acquireTimeout) {
		if (acquireTimeout.compareTo(timeout) >= 0) {
			logger.warn(("'%s' (%s) is not smaller than 'loop.timeout' (%s): callers give up before, and do not learn "
					+ "that they were waiting for a connection. Lower the first, or raise the second")
				.formatted(ACQUIRE_TIMEOUT, PropertyRules.print(acquireTimeout), PropertyRules.print(timeout)));
		}
	}

}
