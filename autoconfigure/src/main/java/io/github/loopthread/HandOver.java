package io.github.loopthread;

import java.util.List;

import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * What a task is subscribed to on its caller's thread, where Reactor's last-operator
 * hooks find the thread-locals that they look for. Moves the subscription to the loop.
 *
 * @param <T> the type of the task's result
 */
final class HandOver<T> extends Mono<T> {

	private final LoopTask<T> task;

	private final List<HandOverListener> listeners;

	/**
	 * Create a hand-over.
	 * @param listeners who is told of the task before it moves to the loop
	 */
	HandOver(LoopTask<T> task, List<HandOverListener> listeners) {
		this.task = task;
		this.listeners = listeners;
	}

	@Override
	public void subscribe(CoreSubscriber<? super T> subscriber) {
		for (HandOverListener listener : this.listeners) {
			listener.beforeHandOver(subscriber.currentContext());
		}
		this.task.moveToLoop(subscriber);
	}

}
