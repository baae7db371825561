package io.github.loopthread.redis;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

import io.github.loopthread.LoopBoundary;
import io.github.loopthread.LoopBoundary.Scope;

/**
 * Stands between Redis and the operators of a task, for one command, and passes every
 * signal on. While an operator handles one, the loop's thread has the values of the
 * task's caller. What an operator throws instead of signalling fails the task at once.
 */
final class ReactiveCommand<T> implements CoreSubscriber<T>, Subscription {

	private final String name;

	private final LoopBoundary task;

	private final CoreSubscriber<? super T> downstream;

	private final long startNanos = System.nanoTime();

	private final AtomicBoolean ended = new AtomicBoolean();

	private @Nullable Subscription upstream;

	private ReactiveCommand(String name, LoopBoundary task, CoreSubscriber<? super T> downstream) {
		this.name = name;
		this.task = task;
		this.downstream = downstream;
	}

	/**
	 * Return a publisher that executes a command as another does, for a task.
	 */
	static <T> Mono<T> of(String name, Mono<T> command) {
		return new MonoOperator<>(command) {

			@Override
			public void subscribe(CoreSubscriber<? super T> subscriber) {
				this.source.subscribe(forTask(name, subscriber));
			}

		};
	}

	/**
	 * Return a publisher that executes a command as another does, for a task.
	 */
	static <T> Flux<T> of(String name, Flux<T> command) {
		return new FluxOperator<>(command) {

			@Override
			public void subscribe(CoreSubscriber<? super T> subscriber) {
				this.source.subscribe(forTask(name, subscriber));
			}

		};
	}

	private static <T> CoreSubscriber<? super T> forTask(String name, CoreSubscriber<? super T> subscriber) {
		LoopBoundary task = LoopBoundary.of(subscriber.currentContext());
		return (task != null) ? new ReactiveCommand<>(name, task, subscriber) : subscriber;
	}

	@Override
	public void onSubscribe(Subscription upstream) {
		this.upstream = upstream;
		this.task.began(this);
		this.downstream.onSubscribe(this);
	}

	@Override
	public void onNext(T item) {
		try (Scope scope = this.task.open()) {
			this.downstream.onNext(item);
		}
		catch (Throwable ex) {
			cancel();
			this.task.fail(ex);
		}
	}

	@Override
	public void onError(Throwable error) {
		if (end()) {
			try (Scope scope = this.task.open()) {
				this.downstream.onError(error);
			}
			catch (Throwable ex) {
				this.task.fail(ex);
			}
		}
	}

	@Override
	public void onComplete() {
		if (end()) {
			try (Scope scope = this.task.open()) {
				this.downstream.onComplete();
			}
			catch (Throwable ex) {
				this.task.fail(ex);
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

	@Override
	public String toString() {
		// Without arguments, which may hold secrets
		return "Redis command '%s' since %dms".formatted(this.name,
				TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - this.startNanos));
	}

	private boolean end() {
		boolean first = this.ended.compareAndSet(false, true);
		if (first) {
			this.task.ended(this);
		}
		return first;
	}

	private Subscription upstream() {
		return (this.upstream != null) ? this.upstream : Operators.cancelledSubscription();
	}

}
