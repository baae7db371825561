package io.github.loopthread;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.netty.util.concurrent.EventExecutor;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * What one life of the loop has accepted, tasks and the leases they have opened, and how
 * all of it ends when the loop does.
 */
final class AcceptedWork {

	private static final Log logger = LogFactory.getLog(AcceptedWork.class);

	private final String name;

	private final LoopSettings settings;

	private final TaskRegistry tasks;

	private final OpenLeases leases;

	private final FutureCompletions completions;

	AcceptedWork(String name, LoopSettings settings, EventExecutor loop, TaskRegistry tasks,
			FutureCompletions completions) {
		this.name = name;
		this.settings = settings;
		this.tasks = tasks;
		this.leases = new OpenLeases(loop, tasks);
		this.completions = completions;
	}

	TaskRegistry tasks() {
		return this.tasks;
	}

	OpenLeases leases() {
		return this.leases;
	}

	/**
	 * Accept nothing more but the forks of scopes that are open.
	 */
	void close() {
		this.tasks.close();
	}

	/**
	 * Wait for as long as the settings allow until everything has ended by itself.
	 * @return what has ended and what is to be cancelled, for the log; empty if there was
	 * nothing
	 */
	String drain() throws InterruptedException, ExecutionException {
		Set<LoopTask<?>> drained = this.tasks.all();
		long timeout = TimeUnit.NANOSECONDS.convert(this.settings.drainTimeout());
		boolean inTime = timeout <= 0 || awaitEnd(timeout);
		Set<LoopTask<?>> left = this.tasks.all();
		drained.removeAll(left);
		String ended = NameList.of("drained tasks", drained.stream().map(LoopTask::name));
		String cancelled = join(NameList.of("tasks", left.stream().map(LoopTask::name)),
				NameList.of("leases", this.leases.names()), NameList.of("scopes", this.tasks.scopeNames()));
		if (!inTime && !cancelled.isEmpty()) {
			logger.warn("Loop '%s' has not drained within %s ('loop.shutdown.drain-timeout') and cancels %s"
				.formatted(this.name, LoopTimeoutException.millis(this.settings.drainTimeout()), cancelled));
		}
		return join(ended, cancelled.isEmpty() ? "" : "cancelled " + cancelled);
	}

	private boolean awaitEnd(long timeout) throws InterruptedException, ExecutionException {
		long start = System.nanoTime();
		try {
			this.tasks.drained().get(timeout, TimeUnit.NANOSECONDS);
			this.leases.awaitAll(timeout - (System.nanoTime() - start));
			return true;
		}
		catch (TimeoutException ex) {
			return false;
		}
	}

	private static String join(String... parts) {
		return Stream.of(parts).filter((part) -> !part.isEmpty()).collect(Collectors.joining(", "));
	}

	/**
	 * Cancel the tasks and wake those who wait for them.
	 */
	void stopTasks() {
		this.tasks.closeToForks();
		endTasks(LoopTask::stop);
	}

	/**
	 * Release what callers still hold, and wait for that.
	 */
	void releaseLeases() {
		this.leases.releaseAll(this.settings.closeTimeout());
	}

	/**
	 * End everything because the loop has died. Called by its thread.
	 */
	void abandon(@Nullable Throwable cause) {
		this.tasks.closeToForks();
		endTasks((task) -> task.endWithLoop(cause));
		this.leases.abandonAll(cause);
	}

	/**
	 * End every task from outside. Callers who wait are told first, as nothing of theirs
	 * can hold that up.
	 */
	private void endTasks(Consumer<? super LoopTask<?>> end) {
		List<Runnable> unawaited = new ArrayList<>();
		this.tasks.forEach((task) -> {
			if (task.isInternal()) {
				end.accept(task);
			}
			else {
				task.cancelSource();
				unawaited.add(() -> end.accept(task));
			}
		});
		boolean mayWait = !(Thread.currentThread() instanceof EventLoopThread);
		this.completions.run(unawaited, mayWait ? LoopGeneration.millis(this.settings.closeTimeout()) : 0);
	}

}
