package io.github.loopthread;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.core.task.TaskRejectedException;
import org.springframework.util.Assert;

import io.github.loopthread.Fork.Outcome;

/**
 * Several tasks at once under one deadline, for a blocking {@code try}. Made by
 * {@link LoopOperations#scope()}; its timeout begins there and holds for everything in
 * it.
 * <p>
 * <b>Each fork has an outcome of its own.</b> One that fails, is refused, or comes too
 * late leaves its siblings alone, unless {@link #joinOrThrow()} or {@link #first()}
 * decides otherwise.
 * <p>
 * <b>Nothing is left running.</b> Closing the scope cancels what still runs and does not
 * wait for that. A scope that is never closed ends at its deadline, and a warning in the
 * log names the place where it was opened.
 * <p>
 * <b>Nesting.</b> A scope that is opened while its thread is inside another one ends no
 * later than that one, and is closed with it.
 * <p>
 * <b>One owner.</b> It is for the thread that opened it.
 * <p>
 * <b>Not promised.</b> A fork that has been cancelled may have had effects, and may still
 * be cleaning up when the scope has been closed. A scope without a timeout that is never
 * closed ends with the loop only, and each stop waits for it as long as the settings
 * allow. {@link LoopOperations#execute} has the timeout of its operations, also inside a
 * scope. A value that nobody has read, such as that of a fork that was not the first, is
 * not released: where forks give buffers, read them all. A scope keeps its forks and
 * their results as long as it lives.
 *
 * @since 1.0.0
 */
public final class LoopScope implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(LoopScope.class);

	// So long after its deadline a body may still be at work
	private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

	// So long after its deadline a scope bounds another: one that somebody has forgotten
	// must not harm the next user of its thread for longer than that
	private static final long BOUNDING_NANOS = TimeUnit.SECONDS.toNanos(1);

	private final Thread owner = Thread.currentThread();

	private final OpeningPlace place = OpeningPlace.here();

	private final @Nullable LoopScope outer = ScopeNesting.innermost();

	private final ForkHost host;

	private final String name;

	private final Deadline deadline;

	// By what is left of the outer one
	private final boolean bounded;

	private final ForkList forks;

	private @Nullable CancellationException cancelled;

	// Written by the owner, read by the watchdog
	private volatile boolean closed;

	LoopScope(ForkHost host, TaskOptions options) {
		this.host = host;
		this.name = options.name();
		this.deadline = (this.outer != null) ? this.outer.deadline.orEarlier(options.timeout()) : options.deadline();
		this.bounded = !Objects.equals(this.deadline.timeout(), options.timeout());
		this.forks = new ForkList(this, this.deadline);
	}

	/**
	 * Close the scopes that the calling thread has opened and not closed, and say so in
	 * the log. For whoever gives the thread to another caller next, as the integration
	 * with servlet containers does; application code closes its scopes itself.
	 * @return what there was to say of each that was still open, the innermost first
	 */
	public static List<String> closeForgotten() {
		return ScopeNesting.closeAll();
	}

	/**
	 * Run a task on the loop and do not wait for it. The fork has the name of the
	 * operations that opened the scope.
	 * @param <T> the type of the result
	 * @param task the task to run
	 * @return the fork; one that the loop refuses has failed with the reason, and one
	 * that comes when the scope has been cancelled has been cancelled too
	 * @throws LoopInterruptedException when the loop is starting again, which is waited
	 * for until the deadline, and the caller is interrupted; nothing was subscribed
	 * @throws IllegalArgumentException when the task is {@code null}
	 * @throws IllegalStateException when the scope has been closed, or on a thread that
	 * does not own it; nothing was subscribed
	 */
	public <T> Fork<T> fork(Mono<T> task) {
		return fork(this.name, task);
	}

	/**
	 * Run a task on the loop and do not wait.
	 * @param <T> the type of the result
	 * @param name the name, shown in messages and reports; not blank, without control
	 * characters
	 * @param task the task to run
	 * @return the fork as in {@link #fork(Mono)}
	 * @throws IllegalArgumentException when the name is {@code null}, blank, or with
	 * control characters, or the task {@code null}
	 * @throws IllegalStateException when the scope has been closed, or on a thread that
	 * does not own it; nothing was subscribed
	 */
	public <T> Fork<T> fork(String name, Mono<T> task) {
		TaskOptions.assertName(name);
		Assert.notNull(task, "'task' must not be null");
		assertUsable();
		Fork<T> fork = new Fork<>(this, start(name, task));
		this.forks.add(fork);
		return fork;
	}

	/**
	 * Run a task on the loop and do not wait. It has the name of the operations that
	 * opened the scope.
	 * @param <T> the type of the result
	 * @param task called on the loop to start the work; must not block
	 * @return the fork as in {@link #fork(Mono)}
	 * @throws IllegalArgumentException when the task is {@code null}
	 * @throws IllegalStateException when the scope has been closed, or on a thread that
	 * does not own it; the supplier was not called
	 */
	public <T> Fork<T> fork(Supplier<? extends CompletionStage<T>> task) {
		return fork(this.name, task);
	}

	/**
	 * Run a task on the loop and do not wait.
	 * @param <T> the type of the result
	 * @param name the name, shown in messages and reports; not blank, without control
	 * characters
	 * @param task called on the loop to start the work; must not block
	 * @return the fork as in {@link #fork(Mono)}
	 * @throws IllegalArgumentException when the name is {@code null}, blank, or with
	 * control characters, or the task {@code null}
	 * @throws IllegalStateException when the scope has been closed, or on a thread that
	 * does not own it; the supplier was not called
	 */
	public <T> Fork<T> fork(String name, Supplier<? extends CompletionStage<T>> task) {
		return fork(name, new StageSource<>(task));
	}

	/**
	 * Wait until every fork has ended, by itself or by the deadline. What they ended with
	 * is for each fork to say; here it is not thrown. Further forks may follow.
	 * @return the forks in the order in which they were begun
	 * @throws LoopInterruptedException when the caller is interrupted while it waits; its
	 * interrupt flag is set, and the forks go on until the scope is closed
	 * @throws IllegalStateException when the scope has been closed, or on a thread that
	 * does not own it
	 */
	public List<Fork<?>> join() {
		assertUsable();
		this.forks.awaitFirst((fork) -> false);
		return this.forks.inOrderOfBegin();
	}

	/**
	 * Wait until every fork has succeeded. The first that does not cancels the others and
	 * is thrown; what is forked afterwards is cancelled at once.
	 * @throws LoopTimeoutException when the deadline passes first; the message reports on
	 * every fork
	 * @throws LoopInterruptedException when the caller is interrupted while it waits; its
	 * interrupt flag is set, and the forks go on until the scope is closed
	 * @throws LoopNotRunningException when the loop did not accept a fork
	 * @throws LoopOverloadedException when the limit of tasks had been reached
	 * @throws LoopStoppedException when the loop stopped or died before a fork ended
	 * @throws CancellationException when a fork was cancelled
	 * @throws java.lang.reflect.UndeclaredThrowableException when a task failed with a
	 * checked exception; any other failure of a task is thrown as it is
	 * @throws IllegalStateException when the scope has been closed, or on a thread that
	 * does not own it
	 */
	public void joinOrThrow() {
		assertUsable();
		Fork<?> failed = this.forks.awaitFirst((fork) -> fork.outcome() != Outcome.SUCCESS);
		if (failed != null) {
			cancel("'%s' had failed".formatted(failed.name()));
			failed.outcomeOrThrow();
		}
	}

	/**
	 * Wait until a fork has succeeded, with a value or without, and cancel the others.
	 * What is forked afterwards is cancelled at once.
	 * @param <T> the type of the result, which all forks have in common
	 * @return the result of the first fork that succeeded
	 * @throws LoopForksFailedException when every fork has failed
	 * @throws LoopTimeoutException when the deadline passes first; the message reports on
	 * every fork, and the failures of those that came in time are suppressed
	 * @throws LoopInterruptedException when the caller is interrupted while it waits; its
	 * interrupt flag is set, and the forks go on until the scope is closed
	 * @throws IllegalStateException when there is no fork, when the scope has been
	 * closed, or on a thread that does not own it
	 */
	@SuppressWarnings({ "unchecked", "TypeParameterUnusedInFormals" })
	public <T> @Nullable T first() {
		assertUsable();
		Assert.state(!this.forks.isEmpty(), () -> "%s has no fork that could be the first".formatted(this));
		Fork<?> winner = this.forks.awaitFirst((fork) -> fork.outcome() == Outcome.SUCCESS);
		if (winner != null) {
			cancel("'%s' was first".formatted(winner.name()));
			return (T) winner.outcomeOrThrow();
		}
		List<Fork<?>> failed = this.forks.inOrderOfEnd();
		if (failed.stream().anyMatch((fork) -> fork.outcome() == Outcome.TIMED_OUT)) {
			LoopTimeoutException timeout = timeout();
			failed.stream()
				.filter((fork) -> fork.outcome() != Outcome.TIMED_OUT)
				.map(Fork::failure)
				.map(Objects::requireNonNull)
				.forEach(timeout::addSuppressed);
			throw timeout;
		}
		throw new LoopForksFailedException(this, failed, this.forks.report());
	}

	/**
	 * Cancel what still runs, and return without waiting. Further calls do nothing.
	 * @throws IllegalStateException on a thread that does not own the scope
	 */
	@Override
	public void close() {
		assertOwner();
		if (!this.closed) {
			ScopeNesting.leave(this);
			this.closed = true;
			if (this.forks.areRunning()) {
				cancel("it was closed");
			}
			this.host.closed(this);
		}
	}

	@Override
	public String toString() {
		return "Scope '%s'".formatted(this.name);
	}

	String name() {
		return this.name;
	}

	/**
	 * Make this the scope that the owner is in.
	 */
	LoopScope enter() {
		ScopeNesting.enter(this);
		return this;
	}

	/**
	 * Return where the scope was opened.
	 */
	OpeningPlace place() {
		return this.place;
	}

	/**
	 * Return whether the owner waits for the forks at this moment.
	 */
	boolean isWaitedFor() {
		return this.forks.areWaitedFor();
	}

	/**
	 * Return the tasks of the forks that have not ended.
	 */
	Stream<LoopTask<?>> runningTasks() {
		return this.forks.runningTasks();
	}

	/**
	 * Return the scope that bounds this one.
	 */
	@Nullable LoopScope outer() {
		return this.outer;
	}

	/**
	 * Return whether the scope no longer bounds others.
	 */
	boolean isOver() {
		return this.closed || isPastDeadlineBy(BOUNDING_NANOS);
	}

	/**
	 * Return whether the scope should have been closed a while ago. Its forks have ended
	 * by then: each keeps the deadline.
	 */
	boolean isForgotten() {
		return isPastDeadlineBy(PATIENCE_NANOS);
	}

	/**
	 * Close the scope because its owner has forgotten that, and say so.
	 * @return what it was, {@code null} if it had been closed
	 */
	@Nullable String closeAsForgotten() {
		if (this.closed) {
			return null;
		}
		String description = describe();
		logger.warn(("%s was left open and is closed now. Open it in a try-with-resources statement. "
				+ "Its forks: %s. It was opened here:%s")
			.formatted(this, this.forks.report(), this.place));
		close();
		return description;
	}

	/**
	 * Say what the forks are doing, and where the scope was opened.
	 */
	String describe() {
		return "%s, not closed, opened %s ago by thread '%s'. Its forks: %s. It was opened here:%s".formatted(this,
				LoopTimeoutException.millis(this.deadline.elapsed()), this.owner.getName(), this.forks.report(),
				this.place);
	}

	/**
	 * Say that nobody seems to close the scope.
	 */
	void reportForgotten() {
		logger.warn(("%s is still open %s after it was opened, well after its deadline: nobody closes it, or its body "
				+ "takes longer. Open it in a try-with-resources statement. Its forks: %s. It was opened here:%s")
			.formatted(this, LoopTimeoutException.millis(this.deadline.elapsed()), this.forks.report(), this.place));
	}

	boolean isTimeout(LoopTimeoutException timeout) {
		return timeout.isOf(this.deadline);
	}

	/**
	 * Return what to throw when the deadline has passed.
	 */
	LoopTimeoutException timeout() {
		this.forks.expireIfDue();
		String limit = this.bounded ? " (all that %s around it had left)".formatted(this.outer) : "";
		return LoopTimeoutException.ofScope(this + limit, this.deadline, this.forks.report());
	}

	void assertOwner() {
		Assert.state(Thread.currentThread() == this.owner,
				() -> "%s is for thread '%s', which has opened it, not for '%s'".formatted(this, this.owner.getName(),
						Thread.currentThread().getName()));
	}

	private boolean isPastDeadlineBy(long nanos) {
		return this.deadline.hasPassed() && this.deadline.remainingNanos() < -nanos;
	}

	private void assertUsable() {
		assertOwner();
		Assert.state(!this.closed, () -> "%s has been closed".formatted(this));
	}

	private <T> LoopTask<T> start(String name, Mono<T> task) {
		if (this.cancelled != null) {
			return this.host.notStarted(name, this.deadline, this, this.cancelled);
		}
		if (this.deadline.hasPassed()) {
			return this.host.notStarted(name, this.deadline, this,
					LoopTimeoutException.ofTask(name, this.deadline, "not started", "was cancelled"));
		}
		try {
			return this.host.accept(task, name, this.deadline, this);
		}
		catch (TaskRejectedException ex) {
			return LoopTask.notStarted(TaskOrigin.internal(name, this.deadline), ex);
		}
	}

	private void cancel(String reason) {
		if (this.cancelled == null) {
			this.cancelled = new CancellationException("%s was cancelled: %s".formatted(this, reason));
		}
		this.forks.cancel(this.cancelled);
	}

}
