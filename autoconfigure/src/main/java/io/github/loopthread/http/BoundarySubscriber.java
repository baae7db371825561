package io.github.loopthread.http;

import java.util.concurrent.atomic.AtomicBoolean;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import io.github.loopthread.LoopBoundary.Scope;

/**
 * Stands between the network and the operators of a task, and passes every signal on.
 * While an operator handles one, the loop's thread has the values of the task's caller.
 * What an operator throws instead of signalling, as Reactor does with fatal errors, fails
 * the task at once; on its way into the network's code it would be lost.
 */
abstract class BoundarySubscriber<T> implements CoreSubscriber<T>, Subscription {

	private static final Log logger = LogFactory.getLog(BoundarySubscriber.class);

	private final HttpExchange exchange;

	private final CoreSubscriber<? super T> downstream;

	private final AtomicBoolean ended = new AtomicBoolean();

	private @Nullable Subscription upstream;

	BoundarySubscriber(HttpExchange exchange, CoreSubscriber<? super T> downstream) {
		this.exchange = exchange;
		this.downstream = downstream;
	}

	@Override
	public void onSubscribe(Subscription upstream) {
		this.upstream = upstream;
		this.downstream.onSubscribe(this);
	}

	@Override
	public void onNext(T item) {
		try (Scope scope = this.exchange.open()) {
			this.downstream.onNext(item);
		}
		catch (Throwable ex) {
			cancel();
			this.exchange.fail(ex);
		}
	}

	@Override
	public void onError(Throwable error) {
		if (end()) {
			try (Scope scope = this.exchange.open()) {
				this.downstream.onError(error);
			}
			catch (Throwable ex) {
				this.exchange.fail(ex);
			}
		}
	}

	@Override
	public void onComplete() {
		if (end()) {
			try (Scope scope = this.exchange.open()) {
				this.downstream.onComplete();
			}
			catch (Throwable ex) {
				this.exchange.fail(ex);
			}
		}
	}

	@Override
	public Context currentContext() {
		return this.downstream.currentContext();
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
	 * Called once, when no further signal will be passed on.
	 */
	abstract void onEnd();

	final boolean hasEnded() {
		return this.ended.get();
	}

	final HttpExchange exchange() {
		return this.exchange;
	}

	/**
	 * End with an error of our own instead of the network's.
	 */
	final void stop(Throwable error) {
		if (end()) {
			upstream().cancel();
			try (Scope scope = this.exchange.open()) {
				this.downstream.onError(error);
			}
			catch (Throwable ex) {
				// Whatever it is, the others are to be ended too
				logger.warn("%s failed when its loop stopped".formatted(this.exchange.describe()), ex);
			}
		}
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
