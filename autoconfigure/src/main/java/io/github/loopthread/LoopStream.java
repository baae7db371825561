package io.github.loopthread;

import java.lang.ref.Reference;
import java.util.Spliterator;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.util.Assert;

/**
 * The reader's side of a stream. What it reads comes from a {@link StreamSource}, which
 * is the source of a task.
 *
 * @param <T> the type of the elements
 */
final class LoopStream<T> implements Spliterator<T> {

	static final int DEFAULT_PREFETCH = 32;

	private final StreamSource<T> source;

	private final StreamQueue<T> queue;

	private final LoopTask<Void> task;

	private final TaskOptions options;

	// Written and read by the reader

	private int readOfBatch;

	private LoopStream(StreamSource<T> source, LoopTask<Void> task, TaskOptions options) {
		this.source = source;
		this.queue = source.queue();
		this.task = task;
		this.options = options;
	}

	/**
	 * Open a stream.
	 * @param door starts its task, or throws the reason why not
	 */
	static <T> Stream<T> open(Flux<T> elements, int prefetch, TaskOptions options, Door door) {
		StreamSource<T> source = new StreamSource<>(elements, prefetch, options.name());
		OpeningPlace place = OpeningPlace.here();
		LoopTask<Void> task = door.accept(source, options, place);
		task.whenComplete((nothing, ex) -> source.queue().close());
		LoopStream<T> reader = new LoopStream<>(source, task, options);
		source.opened(reader, place);
		return StreamSupport.stream(reader, false).onClose(reader::close);
	}

	@Override
	public boolean tryAdvance(Consumer<? super T> action) {
		Assert.notNull(action, "'action' must not be null");
		try {
			T element = next();
			if (element == null) {
				return false;
			}
			action.accept(element);
			return true;
		}
		finally {
			// Nobody may refer to it but the frame of this very call
			Reference.reachabilityFence(this);
		}
	}

	@Override
	public @Nullable Spliterator<T> trySplit() {
		return null;
	}

	@Override
	public long estimateSize() {
		return Long.MAX_VALUE;
	}

	@Override
	public int characteristics() {
		return ORDERED | NONNULL;
	}

	private void close() {
		if (!this.task.isDone()) {
			this.task
				.abandon(new CancellationException("Stream '%s' was closed before its end, and cannot be read any more"
					.formatted(this.options.name())));
		}
	}

	/**
	 * Return the next element, or {@code null} when the source has completed.
	 */
	private @Nullable T next() {
		// Text only if it is needed: this is called for each element
		CallerWait.assertAllowed(() -> "Reading stream '%s'".formatted(this.options.name()),
				"Compose with the Flux instead");
		Deadline deadline = this.options.deadline();
		while (!this.task.isDone()) {
			if (Thread.currentThread().isInterrupted()) {
				this.task.abandon(LoopInterruptedException.whileWaiting(this.options.name()));
				break;
			}
			T element = this.queue.poll();
			if (element != null) {
				taken();
				return element;
			}
			await(deadline);
		}
		CallerWait.outcome(this.task);
		return null;
	}

	private void taken() {
		this.source.endTaskIfRead();
		this.readOfBatch++;
		if (this.readOfBatch == this.source.batch()) {
			this.readOfBatch = 0;
			this.task.runOnLoop(this.source::requestBatch);
		}
	}

	private void await(Deadline deadline) {
		if (deadline.hasPassed()) {
			this.task.abandon(LoopTimeoutException.ofStream(this.options.name(), deadline, this.task.whatItWaitsFor()));
			return;
		}
		this.queue.await(Math.min(deadline.remainingNanos(), CallerWait.LOOK_AGAIN_NANOS));
	}

	/**
	 * Starts the task of a stream, or throws the reason why not.
	 */
	@FunctionalInterface
	interface Door {

		LoopTask<Void> accept(Mono<Void> stream, TaskOptions options, OpeningPlace place);

	}

}
