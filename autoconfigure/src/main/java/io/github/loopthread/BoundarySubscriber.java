package io.github.loopthread;

import java.util.concurrent.atomic.AtomicBoolean;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import io.github.loopthread.LoopBoundary.Scope;

/**
 * Stands between a client that lives on the loop and the operators of a task, and passes
 * every signal on. While an operator handles one, the loop's thread has the values of the
 * task's caller. What an operator throws instead of signalling, as Reactor does with
 * fatal errors, fails the task at once; on its way into the client's code it would be
 * lost. For adapters of clients; application code has no use for it.
 * <p>
 * Whoever cancels is told nothing more from that moment on, even if the client hears of
 * it later. A buffer that comes then is released.
 * <p>
 * Where there is no task, signals pass as they are, and what is thrown is thrown on.
 *
 * @param <T> the type of the signals
 * @since 1.0.0
 * @see LoopBoundary
 */
public abstract class BoundarySubscriber<T> implements CoreSubscriber<T>, Subscription {

	private static final Log logger = LogFactory.getLog(BoundarySubscriber.class);

	private static final Scope NO_SCOPE = () -> {
	};

	private final @Nullable LoopBoundary task;

	private final CoreSubscriber<? super T> downstream;

	// Each of the client's operators asks for it, and it would be fetched from afar
	private final Context context;

	private final AtomicBoolean ended = new AtomicBoolean();

	private @Nullable Subscription upstream;

	/**
	 * Create a subscriber.
	 * @param task the task that the client works for, {@code null} if it works for none
	 * @param downstream the first operator of the task
	 */
	protected BoundarySubscriber(@Nullable LoopBoundary task, CoreSubscriber<? super T> downstream) {
		this.task = task;
		this.downstream = downstream;
		this.context = downstream.currentContext();
	}

	@Override
	public void onSubscribe(Subscription upstream) {
		this.upstream = upstream;
		this.downstream.onSubscribe(this);
	}

	@Override
	public void onNext(T item) {
		if (hasEnded()) {
			// The client may not have heard of it yet
			DroppedResults.release(item);
			return;
		}
		try (Scope scope = open()) {
			this.downstream.onNext(item);
		}
		catch (Throwable ex) {
			cancel();
			fail(ex);
		}
	}

	@Override
	public void onError(Throwable error) {
		if (end()) {
			try (Scope scope = open()) {
				this.downstream.onError(error);
			}
			catch (Throwable ex) {
				fail(ex);
			}
		}
	}

	@Override
	public void onComplete() {
		if (end()) {
			try (Scope scope = open()) {
				this.downstream.onComplete();
			}
			catch (Throwable ex) {
				fail(ex);
			}
		}
	}

	@Override
	public Context currentContext() {
		return this.context;
	}

	@Override
	public void request(long n) {
		upstream().request(n);
	}

	@Override
	public void cancel() {
		end();
		upstream().cancel();
	}

	/**
	 * Called once, when no further signal will be passed on, on the thread of the last
	 * one or of whoever cancels.
	 */
	protected abstract void onEnd();

	/**
	 * Return whether no further signal will be passed on.
	 * @return whether it has ended
	 */
	protected final boolean hasEnded() {
		return this.ended.get();
	}

	/**
	 * End with an error of the adapter's instead of the client's, unless it has ended. To
	 * be called on the loop thread.
	 * @param error the error
	 */
	protected final void stop(Throwable error) {
		if (end()) {
			upstream().cancel();
			try (Scope scope = open()) {
				this.downstream.onError(error);
			}
			catch (Throwable ex) {
				// Whatever it is, the others are to be ended too
				logger.warn("%s failed when its loop stopped".formatted(this), ex);
			}
		}
	}

	private Scope open() {
		return (this.task != null) ? this.task.open() : NO_SCOPE;
	}

	private void fail(Throwable thrown) {
		if (this.task != null) {
			this.task.fail(thrown);
			return;
		}
		if (thrown instanceof Error error) {
			throw error;
		}
		throw Exceptions.propagate(thrown);
	}

	private boolean end() {
		boolean first = this.ended.compareAndSet(false, true);
		if (first) {
			onEnd();
		}
		return first;
	}

	private Subscription upstream() {
		return (this.upstream != null) ? this.upstream : Operators.cancelledSubscription();
	}

}
