package io.github.loopthread;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What listeners are told of tasks, in the order in which it comes.
 */
final class ToldOfTasks implements LoopTaskListener.Factory {

	private final Queue<String> events = new ConcurrentLinkedQueue<>();

	private final List<Ending> endings = new CopyOnWriteArrayList<>();

	private final List<Throwable> failures = new CopyOnWriteArrayList<>();

	@Override
	public LoopTaskListener create(String task) {
		add(task, "created");
		return new LoopTaskListener() {

			@Override
			public void handedOver() {
				add(task, "handed over");
			}

			@Override
			public void started() {
				add(task, "started");
			}

			@Override
			public void ended(Outcome outcome, Throwable failure) {
				add(task, "ended");
				if (failure != null) {
					ToldOfTasks.this.failures.add(failure);
				}
				ToldOfTasks.this.endings.add(new Ending(task, outcome, (failure != null) ? failure.getClass() : null,
						Thread.currentThread().getName()));
			}

		};
	}

	Queue<String> events() {
		return this.events;
	}

	List<Ending> endings() {
		return this.endings;
	}

	List<Throwable> failures() {
		return this.failures;
	}

	private void add(String task, String event) {
		this.events.add("%s %s on %s".formatted(task, event, Thread.currentThread().getName()));
	}

	/**
	 * What a listener was told at the end of a task, and on which thread.
	 */
	record Ending(String task, LoopTaskListener.Outcome outcome, Class<? extends Throwable> failure, String thread) {

	}

}
