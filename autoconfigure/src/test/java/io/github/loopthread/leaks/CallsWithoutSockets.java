package io.github.loopthread.leaks;

import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import io.github.loopthread.CallAccount.Call;
import io.github.loopthread.Fork;
import io.github.loopthread.LoopLease;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;

/**
 * Calls of every kind, and every ending of each, that need no network.
 */
final class CallsWithoutSockets implements AutoCloseable {

	private final LoopTemplate loop;

	private final LoopThread full = new LoopThread(
			LoopSettings.defaults().withName("full").withMaxConcurrentTasks(1).withDrainTimeout(Duration.ZERO),
			List.of());

	private final LoopThread stopped = new LoopThread(LoopSettings.defaults().withName("stopped"), List.of());

	// One for all, which never ends
	private final Mono<String> shared = Mono.<String>never().cache();

	CallsWithoutSockets(LoopTemplate loop) {
		this.loop = loop;
		this.full.start();
		on(this.full).submit(Mono.never());
		this.stopped.start();
		this.stopped.stop();
		// Every thread of Mono.delay() is there before the first census
		for (int i = 0; i < Schedulers.DEFAULT_POOL_SIZE; i++) {
			Schedulers.parallel().schedule(() -> {
			});
		}
	}

	List<BiConsumer<Call, Random>> kinds() {
		return List.of(this::value, this::empty, this::stage, this::failure, this::checkedFailure, this::fatalError,
				this::timeout, this::timeoutOfShared, this::lateValue, this::cancelledFuture, this::interrupt,
				this::interruptedBefore, this::refusedByFullLoop, this::refusedByStoppedLoop, this::refusedOnLoop,
				this::joinedScope, this::firstOfScope, this::scopeClosedEarly, this::lateScope, this::stream,
				this::streamClosedEarly, this::lateStream, this::lease, this::lateLease);
	}

	@Override
	public void close() {
		this.full.stop();
	}

	private void value(Call call, Random random) {
		this.loop.execute(call.source(Mono.just("value")));
	}

	private void empty(Call call, Random random) {
		this.loop.withName("empty").execute(call.source(Mono.empty()));
	}

	private void stage(Call call, Random random) {
		this.loop.execute(() -> call.source(Mono.just("value")).toFuture());
	}

	private void failure(Call call, Random random) {
		this.loop.execute(call.source(Mono.error(new IllegalArgumentException("expected"))));
	}

	private void checkedFailure(Call call, Random random) {
		Expected.causedBy(IOException.class, () -> this.loop.execute(call.source(Mono.error(new IOException()))));
	}

	private void fatalError(Call call, Random random) {
		Expected.error(() -> this.loop.execute(call.source(Mono.fromSupplier(Expected::fail))));
	}

	private void timeout(Call call, Random random) {
		shortly().execute(call.source(Mono.never()));
	}

	private void timeoutOfShared(Call call, Random random) {
		if (random.nextInt(10) > 0) {
			shortly().execute(call.source(this.shared));
		}
		// Its deadline has another keeper, who is not that quick
		shortly().submit(call.source(this.shared)).join();
	}

	private void lateValue(Call call, Random random) {
		CompletableFuture<String> answer = new CompletableFuture<>();
		try {
			shortly().execute(call.source(Mono.fromFuture(answer, true)));
		}
		finally {
			answer.complete("too late");
		}
	}

	private void cancelledFuture(Call call, Random random) {
		CompletableFuture<String> future = call.future(this.loop.submit(call.source(Mono.never())));
		if (random.nextBoolean()) {
			this.loop.execute(Mono.empty());
		}
		future.cancel(false);
		future.join();
	}

	private void interrupt(Call call, Random random) {
		Thread caller = Thread.currentThread();
		Expected.interrupt(
				() -> this.loop.execute(call.source(Mono.never().doOnSubscribe((subscription) -> caller.interrupt()))));
	}

	private void interruptedBefore(Call call, Random random) {
		Thread.currentThread().interrupt();
		Expected.interrupt(() -> this.loop.execute(call.source(Mono.never())));
	}

	private void refusedByFullLoop(Call call, Random random) {
		on(this.full).execute(call.source(Mono.just("value")));
	}

	private void refusedByStoppedLoop(Call call, Random random) {
		on(this.stopped).execute(call.source(Mono.just("value")));
	}

	private void refusedOnLoop(Call call, Random random) {
		this.loop.execute(call.source(Mono
			.fromRunnable(() -> Expected.refused(() -> this.loop.execute(Mono.just("must not be waited for"))))));
	}

	private void joinedScope(Call call, Random random) {
		try (LoopScope scope = this.loop.scope()) {
			scope.fork(call.source(Mono.just("value")));
			scope.fork("failing", Mono.error(new IllegalArgumentException("expected")));
			scope.fork(Mono.empty());
			scope.join();
		}
	}

	private void firstOfScope(Call call, Random random) {
		try (LoopScope scope = this.loop.scope()) {
			scope.fork(Mono.never());
			scope.fork(call.source(Mono.just("value")));
			scope.first();
		}
	}

	private void scopeClosedEarly(Call call, Random random) {
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> fork = scope.fork(call.source(Mono.just("value")));
			scope.fork(Mono.never());
			fork.get();
		}
	}

	private void lateScope(Call call, Random random) {
		try (LoopScope scope = shortly().scope()) {
			scope.fork(call.source(Mono.never()));
			scope.joinOrThrow();
		}
	}

	private void stream(Call call, Random random) {
		try (Stream<Integer> stream = this.loop.stream(call.source(Mono.just(0)).thenMany(Flux.range(0, 50)))) {
			stream.forEach((number) -> {
			});
		}
	}

	private void streamClosedEarly(Call call, Random random) {
		Flux<Integer> endless = Flux.generate((sink) -> sink.next(0));
		try (Stream<Integer> stream = this.loop.stream(call.source(Mono.just(0)).thenMany(endless))) {
			Iterator<Integer> elements = stream.iterator();
			elements.next();
			elements.next();
		}
	}

	private void lateStream(Call call, Random random) {
		try (Stream<String> stream = shortly().stream(call.source(Mono.<String>never()).flux())) {
			stream.iterator().hasNext();
		}
	}

	private void lease(Call call, Random random) {
		try (LoopLease<String> lease = this.loop.open(call.source(Mono.just("lease")), (value) -> Mono.empty())) {
			lease.get();
		}
	}

	private void lateLease(Call call, Random random) {
		Mono<String> late = Mono.delay(Duration.ofMillis(random.nextInt(4))).thenReturn("lease");
		shortly().open(call.source(late), (value) -> Mono.empty()).close();
	}

	private LoopTemplate shortly() {
		return this.loop.withTimeout(Duration.ofMillis(1));
	}

	private static LoopTemplate on(LoopThread loopThread) {
		return new LoopTemplate(loopThread, Duration.ofSeconds(20));
	}

}
