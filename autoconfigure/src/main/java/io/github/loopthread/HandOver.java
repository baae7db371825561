package io.github.loopthread;

import java.util.List;

import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * What tasks are subscribed to on their callers' threads, where Reactor's last-operator
 * hooks find the thread-locals that they look for. Moves each subscription to the loop;
 * which task it belongs to, its context says.
 */
final class HandOver extends Mono<Object> {

	/**
	 * One that nobody is told of.
	 */
	static final HandOver UNTOLD = new HandOver(List.of());

	private final List<HandOverListener> listeners;

	/**
	 * Create a hand-over.
	 * @param listeners who is told of each task before it moves to the loop
	 */
	HandOver(List<HandOverListener> listeners) {
		this.listeners = listeners;
	}

	@Override
	public void subscribe(CoreSubscriber<? super Object> subscriber) {
		ContextView context = subscriber.currentContext();
		for (HandOverListener listener : this.listeners) {
			listener.beforeHandOver(context);
		}
		LoopTask<?> task = (LoopTask<?>) context.get(LoopBoundary.class);
		task.moveToLoop(subscriber);
	}

}
