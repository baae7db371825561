package io.github.loopthread;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.netty.util.concurrent.EventExecutor;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The leases of one loop that have not been released. Only a task makes new ones, so that
 * none is added once the tasks have ended.
 */
final class OpenLeases {

	private static final Log logger = LogFactory.getLog(OpenLeases.class);

	private final EventExecutor loop;

	private final TaskHome releases;

	private final Set<LoopLease<?>> leases = ConcurrentHashMap.newKeySet();

	/**
	 * Create an empty set.
	 * @param loop where leases are released
	 * @param tasks says for messages in which frame the loop is blocked
	 */
	OpenLeases(EventExecutor loop, @Nullable TaskRegistry tasks) {
		this.loop = loop;
		this.releases = new TaskHome((release) -> run(loop, release), tasks, new DroppedResults());
	}

	void add(LoopLease<?> lease) {
		this.leases.add(lease);
	}

	void remove(LoopLease<?> lease) {
		this.leases.remove(lease);
	}

	int size() {
		return this.leases.size();
	}

	Stream<String> names() {
		return this.leases.stream().map(LoopLease::name);
	}

	void forEach(Consumer<? super LoopLease<?>> action) {
		this.leases.forEach(action);
	}

	void assertMayUse(LoopLease<?> lease) {
		EventLoopThread.assertNotOfOtherLoop(this.loop, lease);
	}

	LoopTask<Void> releaseTask(Mono<Void> release, TaskOptions options) {
		return new LoopTask<>(release, TaskOrigin.internal(options.name(), options.deadline()), this.releases, null);
	}

	/**
	 * Wait until those who hold leases have closed them.
	 * @throws TimeoutException when they did not within the given time
	 */
	void awaitAll(long nanos) throws InterruptedException, ExecutionException, TimeoutException {
		ended().get(nanos, TimeUnit.NANOSECONDS);
	}

	/**
	 * Release whatever is still held, and wait for that.
	 */
	void releaseAll(Duration timeout) {
		this.leases.forEach(LoopLease::takeBack);
		try {
			awaitAll(TimeUnit.NANOSECONDS.convert(timeout));
			return;
		}
		catch (TimeoutException ex) {
			this.leases.forEach((lease) -> logger.warn("%s was not released within %s ('loop.shutdown.close-timeout')"
				.formatted(lease, LoopTimeoutException.millis(timeout))));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (ExecutionException ex) {
			// Not to be had: each lease completes normally
		}
		giveUpAll(null);
	}

	/**
	 * Release whatever is still held as far as that goes when the loop dies. Called by
	 * its thread.
	 */
	void abandonAll(@Nullable Throwable cause) {
		this.leases.forEach(LoopLease::takeBack);
		giveUpAll(cause);
	}

	private static void run(EventExecutor loop, Runnable release) {
		if (loop.inEventLoop()) {
			// A loop that dies gives up whatever is not begun at once
			release.run();
			return;
		}
		try {
			loop.execute(release);
		}
		catch (RejectedExecutionException ex) {
			// It has ended: whoever brings the object does what can be done without it
			release.run();
			throw ex;
		}
	}

	private void giveUpAll(@Nullable Throwable cause) {
		this.leases.forEach((lease) -> lease.giveUp(cause));
	}

	private CompletableFuture<Void> ended() {
		return CompletableFuture.allOf(this.leases.stream().map(LoopLease::ended).toArray(CompletableFuture[]::new));
	}

}
