package io.github.loopthread;

import java.lang.reflect.UndeclaredThrowableException;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The open resources of one loop: opened one after the other, closed in reverse, each on
 * the loop and within its bound. Whatever one of them throws, the others are closed.
 */
final class ResourceStack {

	private static final Log logger = LogFactory.getLog(ResourceStack.class);

	private final LoopThread owner;

	private final Executor loop;

	// Shared by the threads that start and stop the loop, and by its own when it dies
	private final Deque<LoopResource<?>> open = new ConcurrentLinkedDeque<>();

	ResourceStack(LoopThread owner, Executor loop) {
		this.owner = owner;
		this.loop = loop;
	}

	<T> void open(LoopResource<T> resource, Duration timeout) {
		LoopTask<T> task = task(resource, resource.opening(this.owner), timeout, resource::closeLate);
		task.start();
		try {
			T opened = CallerWait.await(task);
			if (opened == null) {
				throw new IllegalStateException("its Mono was empty");
			}
			resource.set(opened);
			this.open.push(resource);
		}
		catch (LoopTimeoutException ex) {
			throw new IllegalStateException("Resource '%s' did not open within %s ('loop.startup-timeout')"
				.formatted(resource.name(), LoopTimeoutException.millis(timeout)), ex);
		}
		catch (Throwable ex) {
			Throwable reason = (ex instanceof UndeclaredThrowableException wrapper && wrapper.getCause() != null)
					? wrapper.getCause() : ex;
			throw new IllegalStateException("Resource '%s' did not open: %s".formatted(resource.name(), reason),
					reason);
		}
	}

	void closeAll(Duration timeout) {
		boolean loopAnswers = true;
		for (LoopResource<?> next = this.open.poll(); next != null; next = this.open.poll()) {
			if (loopAnswers) {
				loopAnswers = close(next, timeout);
			}
			else {
				closeWhenLoopAnswers(next);
			}
		}
	}

	/**
	 * Close what is open as far as that goes when the loop has died. Called by its
	 * thread, as its last act.
	 */
	void abandonAll() {
		for (LoopResource<?> next = this.open.poll(); next != null; next = this.open.poll()) {
			LoopResource<?> resource = next;
			resource.closing().subscribe((none) -> {
			}, (ex) -> logger.debug("Resource '%s' was lost with its loop".formatted(resource.name()), ex));
		}
	}

	/**
	 * Close a resource and wait for that.
	 * @return {@code false} when the loop did not even begin, so that it makes no sense
	 * to wait for it again
	 */
	private <T> boolean close(LoopResource<T> resource, Duration timeout) {
		Mono<Void> closing = resource.closing();
		LoopTask<Void> task = task(resource, closing, timeout, null);
		task.start();
		try {
			CallerWait.await(task);
		}
		catch (LoopTimeoutException ex) {
			logger.warn("Resource '%s' of loop '%s' did not close within %s ('loop.shutdown.close-timeout')"
				.formatted(resource.name(), this.owner.getName(), LoopTimeoutException.millis(timeout)));
			if (!task.hasStarted()) {
				this.loop.execute(closing::subscribe);
				return false;
			}
		}
		catch (Throwable ex) {
			logger.warn("Resource '%s' of loop '%s' failed to close".formatted(resource.name(), this.owner.getName()),
					ex);
		}
		return true;
	}

	private void closeWhenLoopAnswers(LoopResource<?> resource) {
		logger.warn("Resource '%s' of loop '%s' was not closed: the loop does not answer".formatted(resource.name(),
				this.owner.getName()));
		this.loop.execute(resource.closing()::subscribe);
	}

	private <T> LoopTask<T> task(LoopResource<?> resource, Mono<T> step, Duration timeout,
			@Nullable Consumer<T> onLate) {
		return new LoopTask<>(step, TaskOptions.UNNAMED.withName(resource.name()).withTimeout(timeout),
				System.nanoTime(), this.loop, null, new DroppedResults(), onLate);
	}

}
