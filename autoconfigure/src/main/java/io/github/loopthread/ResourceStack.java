package io.github.loopthread;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The open resources of one loop: opened one after the other, closed in reverse, each on
 * the loop and within its bound. Used by one thread at a time, never the loop's.
 */
final class ResourceStack {

	private static final Log logger = LogFactory.getLog(ResourceStack.class);

	private final LoopThread owner;

	private final Executor loop;

	private final Deque<LoopResource<?>> open = new ArrayDeque<>();

	ResourceStack(LoopThread owner, Executor loop) {
		this.owner = owner;
		this.loop = loop;
	}

	void open(LoopResource<?> resource, Duration timeout) {
		// Before it is open: one that fails half-way, or too late, is closed as well
		this.open.push(resource);
		try {
			if (await(resource, resource.opening(this.owner), timeout) == null) {
				throw new IllegalStateException("its Mono was empty");
			}
		}
		catch (LoopTimeoutException ex) {
			throw new IllegalStateException("Resource '%s' did not open within %dms ('loop.startup-timeout')"
				.formatted(resource.name(), timeout.toMillis()), ex);
		}
		catch (RuntimeException ex) {
			throw new IllegalStateException(
					"Resource '%s' did not open: %s".formatted(resource.name(), ex.getMessage()), ex);
		}
	}

	void closeAll(Duration timeout) {
		while (!this.open.isEmpty()) {
			close(this.open.pop(), timeout);
		}
	}

	private void close(LoopResource<?> resource, Duration timeout) {
		try {
			await(resource, resource.closing(), timeout);
		}
		catch (LoopTimeoutException ex) {
			logger.warn("Resource '%s' of loop '%s' did not close within %dms ('loop.shutdown.close-timeout')"
				.formatted(resource.name(), this.owner.getName(), timeout.toMillis()));
		}
		catch (RuntimeException ex) {
			logger.warn("Resource '%s' of loop '%s' failed to close".formatted(resource.name(), this.owner.getName()),
					ex);
		}
		finally {
			resource.clear();
		}
	}

	private <T> @Nullable T await(LoopResource<?> resource, Mono<T> step, Duration timeout) {
		TaskOptions options = TaskOptions.UNNAMED.withName(resource.name()).withTimeout(timeout);
		return LoopTask.runAndWait(step, options, this.loop);
	}

}
