package io.github.loopthread;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.util.Assert;

/**
 * Runs tasks on a {@link LoopThread}: the caller's side of the bridge. Immutable, and
 * safe for use by many threads at once; {@code withTimeout} and its kin return a new
 * template.
 *
 * @since 1.0.0
 */
public final class LoopTemplate implements LoopOperations {

	private final LoopThread loopThread;

	private final TaskOptions options;

	/**
	 * Create a template.
	 * @param loopThread the loop to run tasks on
	 * @param timeout how long a task may take, more than zero
	 * @throws IllegalArgumentException when an argument is {@code null}, or the timeout
	 * zero or negative
	 */
	public LoopTemplate(LoopThread loopThread, Duration timeout) {
		this(loopThread, TaskOptions.UNNAMED.withTimeout(timeout));
	}

	private LoopTemplate(LoopThread loopThread, TaskOptions options) {
		Assert.notNull(loopThread, "'loopThread' must not be null");
		this.loopThread = loopThread;
		this.options = options;
	}

	@Override
	public <T> @Nullable T execute(Mono<T> task) {
		CallerWait.assertAllowed("LoopTemplate.execute", "Return the Mono instead, or use submit");
		CallerWait.assertNotInterrupted(this.options);
		return CallerWait.await(this.loopThread.door().acceptAwaited(task, this.options));
	}

	@Override
	public <T> @Nullable T execute(Supplier<? extends CompletionStage<T>> task) {
		return execute(new StageSource<>(task));
	}

	@Override
	public <T> CompletableFuture<@Nullable T> submit(Mono<T> task) {
		return this.loopThread.door().accept(task, this.options);
	}

	@Override
	public <T> CompletableFuture<@Nullable T> submit(Supplier<? extends CompletionStage<T>> task) {
		return submit(new StageSource<>(task));
	}

	@Override
	public <T> LoopLease<T> open(Mono<T> acquire, Function<? super T, ? extends Mono<Void>> release) {
		CallerWait.assertAllowed("LoopTemplate.open", "Use Mono.usingWhen instead");
		CallerWait.assertNotInterrupted(this.options);
		return Objects.requireNonNull(
				CallerWait.await(this.loopThread.door().accept(new LeaseRequest<>(acquire, release, this.options))));
	}

	@Override
	public LoopScope scope() {
		CallerWait.assertAllowed("LoopTemplate.scope", "Use Mono.zip or Flux.merge instead");
		CallerWait.assertNotInterrupted(this.options);
		return this.loopThread.door().open(this.options);
	}

	@Override
	public <T> Stream<T> stream(Flux<T> source, int prefetch) {
		CallerWait.assertAllowed("LoopTemplate.stream", "Compose with the Flux instead");
		CallerWait.assertNotInterrupted(this.options);
		return LoopStream.open(source, prefetch, this.options, this.loopThread.door()::acceptStream);
	}

	@Override
	public LoopTemplate withTimeout(Duration timeout) {
		return new LoopTemplate(this.loopThread, this.options.withTimeout(timeout));
	}

	@Override
	public LoopTemplate withoutTimeout() {
		return new LoopTemplate(this.loopThread, this.options.withoutTimeout());
	}

	@Override
	public LoopTemplate withName(String name) {
		return new LoopTemplate(this.loopThread, this.options.withName(name));
	}

}
