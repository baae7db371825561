package io.github.loopthread;

import reactor.core.publisher.Mono;

import io.github.loopthread.Seams.Seam;

/**
 * Holds the first caller whose time is up until its task has begun, however late a busy
 * machine lets the loop come to it. For what a timeout does to a task that runs: the
 * timeout may be short.
 */
final class HeldDeadline implements AutoCloseable {

	private final Seams seams = new Seams();

	private final Seam deadline = this.seams.before(LoopTask.class, "whatItWaitsFor");

	/**
	 * Return a source that lets the caller go when it is subscribed. The caller may see
	 * the loop still at work for that.
	 */
	<T> Mono<T> untilSubscribed(Mono<T> source) {
		return source.doOnSubscribe((subscription) -> release());
	}

	/**
	 * Let the caller go.
	 */
	void release() {
		this.deadline.release();
	}

	@Override
	public void close() {
		this.seams.close();
	}

}
