package io.github.loopthread.autoconfigure;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import io.github.loopthread.LoopListener;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopThread;

/**
 * Says in one line of the log with which settings the loop runs.
 */
final class StartLog implements LoopListener {

	private static final Log logger = LogFactory.getLog(LoopThread.class);

	private final LoopThread loop;

	private final Duration timeout;

	StartLog(LoopThread loop, Duration timeout) {
		this.loop = loop;
		this.timeout = timeout;
	}

	@Override
	public void started() {
		LoopSettings settings = this.loop.getSettings();
		logger.info("Loop '%s-%d' is running: transport %s, at most %d tasks at once, timeout %dms".formatted(
				settings.name(), this.loop.getGeneration(), this.loop.getTransport(), settings.maxConcurrentTasks(),
				TimeUnit.MILLISECONDS.convert(this.timeout)));
	}

}
