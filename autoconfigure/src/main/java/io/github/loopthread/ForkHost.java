package io.github.loopthread;

import reactor.core.publisher.Mono;

import org.springframework.core.task.TaskRejectedException;

/**
 * Where the forks of a scope run.
 */
interface ForkHost {

	/**
	 * Accept a fork and start it.
	 * @throws TaskRejectedException when it is refused; nothing was subscribed
	 */
	<T> LoopTask<T> accept(Mono<T> task, String name, Deadline deadline, LoopScope scope);

	/**
	 * Return a fork that fails without being accepted, for whoever counts them.
	 * @param reason why it cannot start any more
	 */
	<T> LoopTask<T> notStarted(String name, Deadline deadline, LoopScope scope, Throwable reason);

	/**
	 * Be told that a scope has no more forks.
	 */
	void closed(LoopScope scope);

}
