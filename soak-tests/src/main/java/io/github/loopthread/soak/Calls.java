package io.github.loopthread.soak;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.stereotype.Component;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.Fork;
import io.github.loopthread.LoopLease;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;

/**
 * The kinds of calls there are, each with an entry in the ledger.
 */
@Component
class Calls {

	private final LoopTemplate loop;

	private final LoopThread loopThread;

	private final WebClient client;

	private final Ledger ledger;

	private final FatalErrors fatalErrors;

	private final Leases leases;

	private final OpenFutures futures;

	Calls(LoopTemplate loop, LoopThread loopThread, WebClient client, Ledger ledger, FatalErrors fatalErrors,
			Leases leases, OpenFutures futures) {
		this.loop = loop;
		this.loopThread = loopThread;
		this.client = client;
		this.ledger = ledger;
		this.fatalErrors = fatalErrors;
		this.leases = leases;
		this.futures = futures;
	}

	void execute(String id) {
		Call call = this.ledger.begin(id);
		waiting(call, () -> this.loop.execute(item(call)));
	}

	/** Wait for something that takes longer than anybody waits. */
	void executeSlow(String id) {
		Call call = this.ledger.begin(id);
		Mono<String> task = call.source(request(call, "/slow/{id}"));
		waiting(call, () -> this.loop.withTimeout(Duration.ofSeconds(4)).execute(task));
	}

	void executeStage(String id) {
		Call call = this.ledger.begin(id);
		waiting(call, () -> this.loop.execute(() -> call.source(Mono.just(id)).toFuture()));
	}

	void executeTimer(String id) {
		Call call = this.ledger.begin(id);
		waiting(call,
				() -> this.loop.execute(call.source(Mono.delay(Duration.ofMillis(2), this.loopThread.scheduler()))));
	}

	void stream(String id) {
		Call call = this.ledger.begin(id);
		Flux<Integer> elements = call.source(Flux.range(0, 64).publishOn(this.loopThread.scheduler()));
		waiting(call, () -> {
			try (Stream<Integer> stream = this.loop.stream(elements)) {
				return stream.mapToInt(Integer::intValue).sum();
			}
		});
	}

	void lease(String id) {
		Call call = this.ledger.begin(id);
		LoopLease<Object> lease = waiting(call,
				() -> this.loop.open(call.source(this.leases.acquire()), this.leases::release));
		lease.close();
	}

	/** Fork three tasks and wait for all of them. */
	void fanOut(String id) {
		Call first = this.ledger.begin(id + "a");
		Map<Call, Fork<String>> forks = new LinkedHashMap<>();
		LoopScope opened = begin(first, this.loop::scope);
		try (LoopScope scope = opened) {
			fork(scope, first, forks);
			fork(scope, this.ledger.begin(id + "b"), forks);
			fork(scope, this.ledger.begin(id + "c"), forks);
			forks.values().forEach(Fork::get);
		}
		finally {
			forks.forEach((call, fork) -> call.ended(fork));
		}
	}

	/** Submit a request. */
	CompletableFuture<@Nullable String> submit(String id) {
		Call call = this.ledger.begin(id);
		return submitted(call, () -> this.loop.submit(item(call)));
	}

	/** Submit a request that takes longer than anybody waits. */
	CompletableFuture<@Nullable String> submitSlow(String id) {
		Call call = this.ledger.begin(id);
		return submitted(call, () -> this.loop.submit(call.source(request(call, "/slow/{id}"))));
	}

	/** Submit something that never ends. */
	CompletableFuture<@Nullable String> submitNever(String id) {
		Call call = this.ledger.begin(id);
		return submitted(call, () -> this.loop.submit(call.source(Mono.never())));
	}

	/** Submit four tasks that end at once. */
	Stream<CompletableFuture<@Nullable String>> submitFour(String id) {
		return IntStream.range(0, 4).mapToObj((index) -> {
			Call call = this.ledger.begin(id + index);
			return submitted(call, () -> this.loop.submit(call.source(Mono.fromSupplier(call::id))));
		}).toList().stream();
	}

	/** Block the loop. */
	void block(String id, Duration duration) {
		Call call = this.ledger.begin(id);
		Mono<Void> task = Mono.fromRunnable(() -> Blocking.sleep(duration));
		waiting(call, () -> this.loop.withTimeout(duration.plusSeconds(5)).execute(call.source(task)));
	}

	/** Wait for a future as an application would. */
	void await(CompletableFuture<?> future) {
		try {
			future.get(10, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			future.cancel(true);
			throw new PageFailedException(ex);
		}
		catch (TimeoutException ex) {
			this.ledger.violated("no call hangs", "A future has not ended", ex);
			throw new PageFailedException(ex);
		}
		catch (ExecutionException ex) {
			throw new PageFailedException(ex.getCause());
		}
	}

	private <T> T waiting(Call call, Supplier<T> wait) {
		T value = begin(call, wait);
		call.ended((Throwable) null);
		call.assertContext("when its caller had its value");
		return value;
	}

	private <T> CompletableFuture<T> submitted(Call call, Supplier<CompletableFuture<T>> submit) {
		CompletableFuture<T> future = begin(call, submit);
		this.futures.add(future);
		future.whenComplete((value, ex) -> call.ended(ex));
		return future;
	}

	private void fork(LoopScope scope, Call call, Map<Call, Fork<String>> forks) {
		forks.put(call, begin(call, () -> scope.fork("item", item(call))));
	}

	/** Do something with which a call begins, and ends if it fails. */
	private static <T> T begin(Call call, Supplier<T> action) {
		try {
			return action.get();
		}
		catch (Throwable ex) {
			call.ended(ex);
			throw ex;
		}
	}

	private Mono<String> item(Call call) {
		return call.source(request(call, "/item/{id}").doOnNext((body) -> this.fatalErrors.mayThrow(call)));
	}

	private Mono<String> request(Call call, String uri) {
		return this.client.get().uri(uri, call.id()).retrieve().bodyToMono(String.class).doOnNext((body) -> {
			if (!body.equals(Upstream.body(call.id()))) {
				call.gotWrongAnswer(body);
			}
		});
	}

}
