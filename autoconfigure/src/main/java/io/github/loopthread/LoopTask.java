package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import org.springframework.core.NestedRuntimeException;

import io.github.loopthread.LoopTaskInfo.State;

/**
 * One task on its way from a caller to the loop and back: what the caller waits for, what
 * the loop runs, and what receives the source's signals.
 * <p>
 * <b>Two ends.</b> The caller's end is the completion of the {@link TaskFuture future}.
 * The loop's end comes when the source has terminated or has been cancelled there; only
 * then does the registry take the task off its list. Work that goes on although it has
 * been cancelled, on a thread of its own, is not waited for.
 * <p>
 * <b>Not started, never starts.</b> A task that has an outcome before the loop comes to
 * it is not subscribed.
 *
 * @param <T> the type of the result
 */
final class LoopTask<T> extends TaskFuture<T> implements CoreSubscriber<T>, Runnable, LoopBoundary {

	private static final Log logger = LogFactory.getLog(LoopTask.class);

	@SuppressWarnings("rawtypes")
	private static final AtomicReferenceFieldUpdater<LoopTask, @Nullable Subscription> UPSTREAM = AtomicReferenceFieldUpdater
		.newUpdater(LoopTask.class, Subscription.class, "upstream");

	@SuppressWarnings("rawtypes")
	private static final AtomicReferenceFieldUpdater<LoopTask, @Nullable Object> VALUE = AtomicReferenceFieldUpdater
		.newUpdater(LoopTask.class, Object.class, "value");

	@SuppressWarnings("rawtypes")
	private static final AtomicReferenceFieldUpdater<LoopTask, OpenOperations> OPERATIONS = AtomicReferenceFieldUpdater
		.newUpdater(LoopTask.class, OpenOperations.class, "operations");

	private static final TaskHome NOWHERE = TaskHome.unlisted(Runnable::run);

	private final Mono<T> source;

	private final TaskHome home;

	// What to do with a value that came when the task had an outcome already
	private final @Nullable Consumer<? super T> onLate;

	// These two are written by the caller before the hand-over and read by the loop

	private @Nullable TaskReactorContext context;

	private CoreSubscriber<? super T> subscriber = this;

	// Written by the thread that subscribes and the one that cancels
	private volatile @Nullable Subscription upstream;

	// Written by the first client that says something, which not every task has
	private volatile OpenOperations operations = OpenOperations.NONE;

	// Written by the source's thread, taken by it or by the one that cancels
	private volatile @Nullable Object value;

	// Set by the loop, read by the thread that closes resources
	private volatile boolean started;

	LoopTask(Mono<T> source, TaskOrigin origin, TaskHome home, @Nullable Consumer<? super T> onLate) {
		super(origin);
		this.source = source;
		this.home = home;
		this.onLate = onLate;
	}

	/**
	 * Return a task that has failed before it could start.
	 */
	static <T> LoopTask<T> notStarted(TaskOrigin origin, Throwable reason) {
		LoopTask<T> task = new LoopTask<>(Mono.empty(), origin, NOWHERE, null);
		task.failed(reason);
		return task;
	}

	/**
	 * Start a task that takes nothing along.
	 */
	void start() {
		this.context = TaskReactorContext.of(this, null, this.home.dropped().hooks());
		start(List.of());
	}

	/**
	 * Start a task that takes along what another one did.
	 */
	void start(TaskContext values) {
		start(values::snapshot, List.of());
	}

	/**
	 * Capture what travels with the task, and start it.
	 */
	void start(ContextSnapshotFactory snapshots, List<HandOverListener> listeners) {
		start(snapshots::captureAll, listeners);
	}

	private void start(Supplier<@Nullable ContextSnapshot> values, List<HandOverListener> listeners) {
		try {
			this.context = TaskReactorContext.of(this, values.get(), this.home.dropped().hooks());
		}
		catch (Throwable ex) {
			onError(ex);
			return;
		}
		start(listeners);
	}

	/**
	 * Make the subscription on the calling thread, where Reactor's last-operator hooks
	 * find the caller's thread-locals, and move it to the loop.
	 */
	private void start(List<HandOverListener> listeners) {
		try {
			// As a plain Subscriber: the overload for CoreSubscriber passes the hooks by
			new HandOver<>(this, listeners).subscribe((Subscriber<T>) this);
		}
		catch (Throwable ex) {
			// A hook or a listener failed: the task has one outcome all the same
			onError(ex);
		}
	}

	/**
	 * Have the loop subscribe to the source.
	 * @param subscriber this task, or what Reactor's hooks have made of it
	 */
	void moveToLoop(CoreSubscriber<? super T> subscriber) {
		this.subscriber = subscriber;
		try {
			this.home.loop().execute(this);
		}
		catch (RejectedExecutionException ex) {
			endWithLoop(null);
		}
	}

	@Override
	public void run() {
		if (isEnding() || isCancelRequested()) {
			tellIfDone();
			end();
			return;
		}
		this.started = true;
		origin().listeners().started();
		try (Scope scope = open()) {
			this.source.subscribe(this.subscriber);
		}
		catch (Throwable ex) {
			// Reactor throws fatal errors instead of signalling them, and what it has
			// subscribed to so far goes on
			fail(ex);
		}
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		if (Operators.setOnce(UPSTREAM, this, subscription)) {
			subscription.request(Long.MAX_VALUE);
		}
	}

	@Override
	public void onNext(T value) {
		if (!VALUE.compareAndSet(this, null, value)) {
			discard(value);
		}
		discardValueIfDone();
	}

	@Override
	public void onError(Throwable ex) {
		nothingLeftToCancel();
		end();
		discardValue();
		if (ex instanceof CancellationException && isCancelRequested()) {
			// It was asked to end, by whoever says why
			return;
		}
		if (!failed(withoutWrapper(ex)) && !(ex instanceof CancellationException)) {
			this.home.dropped().drop(ex);
		}
	}

	@Override
	public void onComplete() {
		end();
		T value = takeValue();
		boolean taken = succeeded(value);
		if (!taken && value != null) {
			discard(value);
		}
		if (taken || this.onLate != null) {
			nothingLeftToCancel();
			return;
		}
		// Reaches what a value leads to that nobody takes: a response whose body nobody
		// has read keeps its connection until it is cancelled
		cancelSource();
	}

	@Override
	public Context currentContext() {
		return context();
	}

	@Override
	public void began(Object operation) {
		if (this.operations == OpenOperations.NONE) {
			OPERATIONS.compareAndSet(this, OpenOperations.NONE, new OpenOperations());
		}
		this.operations.add(operation);
	}

	@Override
	public void ended(Object operation) {
		this.operations.remove(operation);
	}

	@Override
	public Scope open() {
		TaskContext context = this.context;
		// Whoever stops the loop may come before the task has been started
		return (context != null) ? context.open() : TaskContext.NO_SCOPE;
	}

	@Override
	public void fail(Throwable error) {
		if (!completeExceptionally(error)) {
			this.home.dropped().drop(error);
		}
	}

	/**
	 * Stop waiting for the task: give it an outcome from outside, unless it has one, and
	 * cancel it on the loop.
	 */
	void abandon(RuntimeException outcome) {
		completeExceptionally(outcome);
	}

	/**
	 * Abandon the task because its loop is about to end.
	 */
	void stop() {
		if (!completeExceptionally(stopped(null))) {
			// Whoever came first may not have come to cancel it yet
			cancelSource();
		}
	}

	/**
	 * End the task because its loop has ended: as a rule there is nothing left to cancel,
	 * and nowhere to do it.
	 * @param cause what killed the loop, if it did not stop as asked
	 */
	void endWithLoop(@Nullable Throwable cause) {
		failed(stopped(cause));
		// A client may have buffers for which nobody asks any more. Another thread comes
		// too late for that, or leaves it to the loop's
		if (Thread.currentThread() instanceof EventLoopThread) {
			cancelUpstream();
		}
		discardValue();
		end();
	}

	TaskReactorContext context() {
		return Objects.requireNonNull(this.context);
	}

	boolean hasStarted() {
		return this.started;
	}

	/**
	 * Say who has brought the task, and where.
	 */
	String describeCaller() {
		return origin().describeCaller(this::isWaitedFor);
	}

	/**
	 * Say what the task is doing at the moment, and who has brought it.
	 */
	String describe() {
		boolean cancelling = isDone() || isCancelRequested();
		return "%s '%s', %s%s, brought %s ago by %s".formatted(
				(this.source instanceof StreamSource) ? "Stream" : "Task", name(),
				cancelling ? "being cancelled, " : "", whatItWaitsFor(), LoopTimeoutException.millis(origin().age()),
				describeCaller());
	}

	/**
	 * Return what the task is doing at the moment.
	 * @param joined whether a thread waits for it together with others
	 */
	LoopTaskInfo info(boolean joined) {
		boolean cancelling = isDone() || isCancelRequested();
		Duration left = (deadline().timeout() != null) ? Duration.ofNanos(Math.max(0, remainingNanos())) : null;
		TaskOrigin origin = origin();
		return new LoopTaskInfo(name(), cancelling ? State.CANCELLING : this.started ? State.RUNNING : State.QUEUED,
				origin.age(), left, origin.threadName(), joined || isWaitedFor(), origin.work(),
				this.operations.list());
	}

	@Override
	String whatItWaitsFor() {
		TaskRegistry registry = this.home.registry();
		String blockage = (registry != null) ? registry.blockage() : null;
		if (!this.started) {
			return (blockage != null) ? "still queued while the loop is blocked in " + blockage : "still queued";
		}
		if (blockage != null) {
			return "while the loop is blocked in " + blockage;
		}
		String operations = this.operations.describe();
		return (operations != null) ? "waiting for " + operations : "running";
	}

	/**
	 * Take a further step of the source on the loop, as its start was.
	 */
	void runOnLoop(Runnable step) {
		try {
			this.home.loop().execute(() -> {
				try (Scope scope = open()) {
					step.run();
				}
				catch (Throwable ex) {
					fail(ex);
				}
			});
		}
		catch (RejectedExecutionException ex) {
			endWithLoop(null);
		}
	}

	@Override
	boolean isWaitedFor() {
		return super.isWaitedFor() || (this.source instanceof StreamSource<?> stream && stream.queue().isWaitedFor());
	}

	@Override
	boolean isForgotten() {
		return this.source instanceof StreamSource<?> stream && stream.isForgotten() && !isDone();
	}

	@Override
	void endForgotten() {
		if (this.source instanceof StreamSource<?> stream) {
			IllegalStateException forgotten = new IllegalStateException(stream.describeForgotten());
			if (completeExceptionally(forgotten)) {
				logger.warn(forgotten.getMessage());
			}
		}
	}

	@Override
	void cancelOnLoop() {
		try {
			this.home.loop().execute(this::cancelUpstream);
		}
		catch (RejectedExecutionException ex) {
			// The loop has ended, and the source with it
			discardValueIfDone();
			end();
		}
	}

	private void cancelUpstream() {
		// A stage says itself when it has ended, also one that does not care
		boolean endsItself = this.upstream != null && this.source instanceof StageSource;
		try (Scope scope = open()) {
			Operators.terminate(UPSTREAM, this);
			discardValueIfDone();
		}
		catch (Throwable ex) {
			logger.warn("Task '%s' failed while it was cancelled".formatted(name()), ex);
			// Also if it was the values of its caller that could not be set
			Operators.terminate(UPSTREAM, this);
		}
		finally {
			if (!endsItself) {
				end();
			}
		}
	}

	/**
	 * Return an exception of ours out of the wrapper of a client of Spring's: a
	 * {@code WebClient} wraps whatever its connector says.
	 */
	private static Throwable withoutWrapper(Throwable ex) {
		boolean wrapper = ex instanceof NestedRuntimeException
				&& ex.getClass().getPackageName().startsWith("org.springframework.");
		Throwable cause = ex.getCause();
		return (wrapper && (cause instanceof LoopNotRunningException || cause instanceof LoopStoppedException)) ? cause
				: ex;
	}

	@SuppressWarnings("unchecked")
	private @Nullable T takeValue() {
		return (T) VALUE.getAndSet(this, null);
	}

	/**
	 * Discard the value if it has come too late. Before there is an outcome it may become
	 * that.
	 */
	private void discardValueIfDone() {
		if (isDone()) {
			discardValue();
		}
	}

	private void discardValue() {
		T value = takeValue();
		if (value != null) {
			discard(value);
		}
	}

	private void discard(T value) {
		if (this.onLate != null) {
			this.onLate.accept(value);
		}
		else {
			this.home.dropped().drop((Object) value);
		}
	}

	private LoopStoppedException stopped(@Nullable Throwable cause) {
		return new LoopStoppedException("task '%s'".formatted(name()), cause);
	}

	/**
	 * Take note of that for whoever comes too late to know.
	 */
	private void nothingLeftToCancel() {
		UPSTREAM.set(this, Operators.cancelledSubscription());
	}

	private void end() {
		TaskRegistry registry = this.home.registry();
		if (registry != null) {
			registry.release(this);
		}
	}

}
