package io.github.loopthread;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

/**
 * One thread at a time that waits until another one wakes it. Without a lock: the loop
 * wakes callers, and must not wait for one of them to let go of it.
 */
final class Waiter {

	// Set by the thread while it waits, read by those who wake it
	private volatile @Nullable Thread thread;

	/**
	 * Wait until woken, or until an interrupt, or for as long as given, or less.
	 * @param nothingYet says whether there still is something to wait for; whoever wakes
	 * has made it {@code false} before
	 */
	void await(BooleanSupplier nothingYet, long nanos) {
		this.thread = Thread.currentThread();
		try {
			if (nothingYet.getAsBoolean()) {
				LockSupport.parkNanos(this, nanos);
			}
		}
		finally {
			this.thread = null;
		}
	}

	void wake() {
		Thread thread = this.thread;
		if (thread != null) {
			LockSupport.unpark(thread);
		}
	}

	/**
	 * Return whether a thread waits at this moment.
	 */
	boolean isWaiting() {
		return this.thread != null;
	}

}
