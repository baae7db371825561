package io.github.loopthread;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.jspecify.annotations.Nullable;

/**
 * The elements of a stream between the loop and its reader. The loop never waits here,
 * the reader does.
 * <p>
 * <b>None is lost.</b> An element is taken by the reader or released, also one that is
 * put in while the queue is being closed.
 * <p>
 * How many there may be is for the one to mind who asks the source for them.
 *
 * @param <T> the type of the elements
 */
final class StreamQueue<T> {

	// Filled by the source's thread, emptied by the reader and whoever closes
	private final Queue<T> elements = new ConcurrentLinkedQueue<>();

	// Set by whoever ends the task, read by the source's thread and the reader
	private volatile boolean closed;

	private final Waiter reader = new Waiter();

	void put(T element) {
		this.elements.add(element);
		if (this.closed) {
			releaseAll();
		}
		else {
			this.reader.wake();
		}
	}

	@Nullable T poll() {
		return this.elements.poll();
	}

	boolean isEmpty() {
		return this.elements.isEmpty();
	}

	/**
	 * Return whether the reader waits at this moment.
	 */
	boolean isWaitedFor() {
		return this.reader.isWaiting();
	}

	/**
	 * Release what is in the queue and whatever will be put in, and wake the reader.
	 */
	void close() {
		this.closed = true;
		releaseAll();
		this.reader.wake();
	}

	/**
	 * Wait until there is an element or the queue is closed, or until an interrupt, or
	 * for as long as given, or less.
	 */
	void await(long nanos) {
		this.reader.await(() -> isEmpty() && !this.closed, nanos);
	}

	private void releaseAll() {
		for (T element = poll(); element != null; element = poll()) {
			DroppedResults.release(element);
		}
	}

}
