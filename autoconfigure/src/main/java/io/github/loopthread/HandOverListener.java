package io.github.loopthread;

import reactor.util.context.ContextView;

/**
 * Is told of every task that a caller hands over to the loop. For integrations with
 * libraries whose Reactor hooks put something into the context that only the caller's
 * thread can complete; application code has no use for it.
 *
 * @since 1.0.0
 */
@FunctionalInterface
public interface HandOverListener {

	/**
	 * Called on the caller's thread when the subscription has been made, with whatever
	 * Reactor's hooks have added to it, and before the loop sees the task. What it throws
	 * fails the task, whose source is then never subscribed.
	 * @param context the context of the subscription, as the task's source will see it
	 */
	void beforeHandOver(ContextView context);

}
