package io.github.loopthread;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.netty.util.concurrent.ImmediateEventExecutor;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.util.Assert;

/**
 * Operations without a loop: the caller's thread takes its place.
 */
final class DirectOperations implements LoopOperations, ForkHost {

	private static final TaskHome CALLER = TaskHome.unlisted(Runnable::run);

	static final DirectOperations INSTANCE = new DirectOperations(TaskOptions.UNNAMED);

	private final TaskOptions options;

	private DirectOperations(TaskOptions options) {
		this.options = options;
	}

	@Override
	public <T> @Nullable T execute(Mono<T> task) {
		CallerWait.assertNotInterrupted(this.options);
		return CallerWait.await(start(task, null));
	}

	@Override
	public <T> @Nullable T execute(Supplier<? extends CompletionStage<T>> task) {
		return execute(new StageSource<>(task));
	}

	@Override
	public <T> CompletableFuture<@Nullable T> submit(Mono<T> task) {
		LoopTask<T> started = start(task, null);
		CallerWait.awaitOutcome(started);
		return started;
	}

	@Override
	public <T> CompletableFuture<@Nullable T> submit(Supplier<? extends CompletionStage<T>> task) {
		return submit(new StageSource<>(task));
	}

	@Override
	public <T> LoopLease<T> open(Mono<T> acquire, Function<? super T, ? extends Mono<Void>> release) {
		CallerWait.assertNotInterrupted(this.options);
		OpenLeases leases = new OpenLeases(ImmediateEventExecutor.INSTANCE, null);
		Mono<LoopLease<T>> task = new LeaseRequest<>(acquire, release, this.options).acquire(leases);
		return Objects.requireNonNull(CallerWait.await(start(task, LoopLease::takeBack)));
	}

	@Override
	public LoopScope scope() {
		CallerWait.assertNotInterrupted(this.options);
		return new LoopScope(this, this.options).enter();
	}

	@Override
	public <T> LoopTask<T> accept(Mono<T> task, String name, Deadline deadline, LoopScope scope) {
		return start(task, name, deadline, null);
	}

	@Override
	public <T> LoopTask<T> notStarted(String name, Deadline deadline, LoopScope scope, Throwable reason) {
		return LoopTask.notStarted(TaskOrigin.internal(name, deadline), reason);
	}

	@Override
	public void closed(LoopScope scope) {
		// Nobody keeps account of it
	}

	@Override
	public <T> Stream<T> stream(Flux<T> source, int prefetch) {
		CallerWait.assertNotInterrupted(this.options);
		return LoopStream.open(source, prefetch, this.options,
				(task, options, place) -> start(task, options.name(), options.withoutTimeout().deadline(), null));
	}

	@Override
	public DirectOperations withTimeout(Duration timeout) {
		return new DirectOperations(this.options.withTimeout(timeout));
	}

	@Override
	public DirectOperations withoutTimeout() {
		return new DirectOperations(this.options.withoutTimeout());
	}

	@Override
	public DirectOperations withName(String name) {
		return new DirectOperations(this.options.withName(name));
	}

	private <T> LoopTask<T> start(Mono<T> task, @Nullable Consumer<? super T> onLate) {
		return start(task, this.options.name(), this.options.deadline(), onLate);
	}

	private static <T> LoopTask<T> start(Mono<T> task, String name, Deadline deadline,
			@Nullable Consumer<? super T> onLate) {
		Assert.notNull(task, "'task' must not be null");
		LoopTask<T> started = new LoopTask<>(task, TaskOrigin.internal(name, deadline), CALLER, onLate);
		started.start();
		return started;
	}

}
