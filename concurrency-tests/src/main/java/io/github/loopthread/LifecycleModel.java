package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import reactor.core.publisher.Mono;

import io.github.loopthread.LoopThread.State;

/**
 * A whole loop, with its threads: whoever starts it, stops it and calls it at once, it is
 * as if one thing had been done after the other. A call starts a loop that never ran; one
 * that was stopped refuses it.
 * <p>
 * {@link LoopThread#isRunning()} is not part of it: a loop says that it drains a moment
 * before it refuses the next call.
 * <p>
 * It is gone through in the orders of steps that happen. Others cannot be made to happen:
 * a loop waits in the kernel, and has threads that Lincheck does not control.
 */
public class LifecycleModel {

	private static final AtomicInteger LOOPS = new AtomicInteger();

	private final String name = "modelled-%d".formatted(LOOPS.incrementAndGet());

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults()
		.withName(this.name)
		.withTransport(Transport.NIO)
		.withWatchdogThreshold(Duration.ZERO), List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	@Operation
	public void start() {
		this.loopThread.start();
	}

	@Operation
	public void stop() {
		this.loopThread.stop();
	}

	@Operation
	public String call() {
		try {
			return String.valueOf(this.loop.execute(Mono.just("value")));
		}
		catch (LoopNotRunningException ex) {
			return "refused";
		}
	}

	/**
	 * Assert that it can be stopped when nothing happens any more, and leave no thread.
	 */
	@Validate
	public void validate() {
		this.loopThread.stop();
		if (this.loopThread.state() != State.STOPPED || this.loopThread.activeTasks() != 0) {
			throw new IllegalStateException("The loop is %s with %d tasks after a stop"
				.formatted(this.loopThread.state(), this.loopThread.activeTasks()));
		}
		List<String> left = Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread instanceof EventLoopThread && thread.getName().startsWith(this.name + "-"))
			.map(Thread::getName)
			.toList();
		if (!left.isEmpty()) {
			throw new IllegalStateException("There are still threads after a stop: " + left);
		}
	}

	/**
	 * What a loop does when one thing is done after the other.
	 */
	public static class Sequential {

		private State state = State.NEW;

		public void start() {
			this.state = State.RUNNING;
		}

		public void stop() {
			this.state = State.STOPPED;
		}

		public String call() {
			if (this.state == State.NEW) {
				start();
			}
			return (this.state == State.RUNNING) ? "value" : "refused";
		}

	}

}
