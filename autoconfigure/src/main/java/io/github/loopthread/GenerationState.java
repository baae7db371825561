package io.github.loopthread;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

import io.github.loopthread.LoopThread.State;

/**
 * How far one life of the loop has come, agreed between the threads that open it, stop it
 * and see it end.
 * <p>
 * <b>One stop.</b> Of those who stop it, one does the work, and all wait for the same.
 * <p>
 * <b>The dead do not run.</b> Whatever the order in which the loop's thread ends and the
 * last resource opens, it is not left running.
 */
final class GenerationState {

	private final AtomicReference<State> state = new AtomicReference<>(State.STARTING);

	private final AtomicBoolean stopping = new AtomicBoolean();

	private final CompletableFuture<@Nullable Void> opened = new CompletableFuture<>();

	private final CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();

	private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

	// Written by the loop's thread, read by the opening one
	private volatile boolean dead;

	State get() {
		return this.state.get();
	}

	boolean isAlive() {
		State state = get();
		return state != State.STOPPED && state != State.FAILED;
	}

	boolean isStopping() {
		return this.stopping.get() && !this.closed.isDone();
	}

	/**
	 * Return whether the loop's thread is about to end without being asked. What lives on
	 * it has still to be closed.
	 */
	boolean isDying() {
		State state = get();
		return this.dead && (state == State.RUNNING || state == State.DRAINING);
	}

	/**
	 * Return what completes when the loop runs and every resource is open, or fails with
	 * the reason why not.
	 */
	CompletableFuture<@Nullable Void> opened() {
		return this.opened;
	}

	/**
	 * Return what completes when the stop has ended.
	 */
	CompletableFuture<@Nullable Void> closed() {
		return this.closed;
	}

	/**
	 * Return what completes when nothing of this life is left, whether it was stopped or
	 * has failed.
	 */
	CompletableFuture<@Nullable Void> ended() {
		return this.ended;
	}

	/**
	 * Run, now that everything is open.
	 * @return {@code false} when the loop's thread has ended, so that the start has
	 * failed
	 */
	boolean run() {
		// In this order: a thread that ends says so first and looks at the state then
		this.state.set(State.RUNNING);
		return !this.dead;
	}

	/**
	 * Begin to stop.
	 * @return {@code false} when that has begun already
	 */
	boolean beginStop() {
		return this.stopping.compareAndSet(false, true);
	}

	void drain() {
		this.state.compareAndSet(State.RUNNING, State.DRAINING);
	}

	void stopped() {
		this.state.set(State.STOPPED);
		this.ended.complete(null);
	}

	/**
	 * Keep in mind that the loop's thread ends, before it does.
	 */
	void die() {
		this.dead = true;
	}

	/**
	 * Have failed, as the thread has ended without being asked. A start that is under way
	 * ends by itself.
	 */
	void fail() {
		if (this.state.compareAndSet(State.RUNNING, State.FAILED)
				|| this.state.compareAndSet(State.DRAINING, State.FAILED)) {
			this.ended.complete(null);
		}
	}

}
