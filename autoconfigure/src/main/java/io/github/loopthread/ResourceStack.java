package io.github.loopthread;

import java.lang.reflect.UndeclaredThrowableException;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

import io.netty.util.concurrent.EventExecutor;
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

	private final EventExecutor loop;

	private final TaskHome home;

	// Shared by the threads that start and stop the loop, and by its own when it dies
	private final Deque<LoopResource<?>> open = new ConcurrentLinkedDeque<>();

	// Written by the thread that starts the loop, read by the one that stops it
	private volatile @Nullable LoopTask<?> opening;

	// The other way round
	private volatile boolean givenUp;

	ResourceStack(LoopThread owner, EventExecutor loop) {
		this.owner = owner;
		this.loop = loop;
		this.home = TaskHome.unlisted(loop);
	}

	<T> void open(LoopResource<T> resource, Duration timeout) {
		LoopTask<T> task = task(resource, resource.opening(this.owner), timeout, resource::closeLate);
		this.opening = task;
		if (this.givenUp) {
			task.stop();
		}
		task.start();
		try {
			T opened = CallerWait.await(task);
			if (opened == null) {
				throw new IllegalStateException("its Mono was empty");
			}
			resource.set(opened, this.loop);
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

	/**
	 * Open nothing more, and do not wait for what is being opened.
	 * @param cause what killed the loop, {@code null} if it is to stop
	 */
	void giveUpOpening(@Nullable Throwable cause) {
		this.givenUp = true;
		LoopTask<?> opening = this.opening;
		if (opening != null && cause != null) {
			opening.endWithLoop(cause);
		}
		else if (opening != null) {
			opening.stop();
		}
	}

	void closeAll(Duration timeout) {
		boolean loopAnswers = true;
		for (LoopResource<?> next = this.open.poll(); next != null; next = this.open.poll()) {
			if (loopAnswers) {
				loopAnswers = close(next, timeout);
			}
			else {
				logger.warn("Resource '%s' of loop '%s' was not closed: the loop does not answer".formatted(next.name(),
						this.owner.getName()));
				closeWhenLoopAnswers(next, next.closing());
			}
		}
	}

	/**
	 * Close what is open as far as that goes when the loop has died. Called by its
	 * thread, as its last act.
	 */
	void abandonAll() {
		for (LoopResource<?> next = this.open.poll(); next != null; next = this.open.poll()) {
			closeUnawaited(next, next.closing());
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
				closeWhenLoopAnswers(resource, closing);
				return false;
			}
		}
		catch (Throwable ex) {
			logger.warn("Resource '%s' of loop '%s' failed to close".formatted(resource.name(), this.owner.getName()),
					ex);
			if (!task.hasStarted()) {
				// The loop has died
				closeUnawaited(resource, closing);
			}
		}
		return true;
	}

	private void closeWhenLoopAnswers(LoopResource<?> resource, Mono<Void> closing) {
		try {
			this.loop.execute(() -> closeUnawaited(resource, closing));
		}
		catch (RejectedExecutionException ex) {
			// It has died meanwhile and will not answer any more
			closeUnawaited(resource, closing);
		}
	}

	private static void closeUnawaited(LoopResource<?> resource, Mono<Void> closing) {
		Consumer<Throwable> failed = (ex) -> logger
			.debug("Resource '%s' failed to close when nobody waited for it".formatted(resource.name()), ex);
		try {
			closing.subscribe((none) -> {
			}, failed);
		}
		catch (Throwable ex) {
			failed.accept(ex);
		}
	}

	private <T> LoopTask<T> task(LoopResource<?> resource, Mono<T> step, Duration timeout,
			@Nullable Consumer<T> onLate) {
		return new LoopTask<>(step, TaskOrigin.internal(resource.name(), Deadline.after(timeout)), this.home, onLate);
	}

}
