package io.github.loopthread.redis;

import java.util.concurrent.TimeUnit;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;

import io.github.loopthread.BoundarySubscriber;
import io.github.loopthread.LoopBoundary;

/**
 * One reactive command that Redis executes for a task.
 */
final class ReactiveCommand<T> extends BoundarySubscriber<T> {

	private final String name;

	private final LoopBoundary task;

	private final long startNanos = System.nanoTime();

	private ReactiveCommand(String name, LoopBoundary task, CoreSubscriber<? super T> downstream) {
		super(task, downstream);
		this.name = name;
		this.task = task;
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
		this.task.began(this);
		super.onSubscribe(upstream);
	}

	@Override
	protected void onEnd() {
		this.task.ended(this);
	}

	@Override
	public String toString() {
		// Without arguments, which may hold secrets
		return "Redis command '%s' since %dms".formatted(this.name,
				TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - this.startNanos));
	}

}
