package io.github.loopthread.benchmarks.bridge;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import reactor.core.publisher.Mono;

/**
 * Work C: a task that does nothing but give a value, so that what is measured is the way
 * from a caller to the loop and back.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class BridgeBenchmark {

	private static final String VALUE = "value";

	private static final Mono<String> TASK = Mono.fromSupplier(() -> VALUE);

	private static final CompletableFuture<String> STAGE = CompletableFuture.completedFuture(VALUE);

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	@Benchmark
	public String executeMono(Bridge bridge) {
		return bridge.template.execute(TASK);
	}

	@Benchmark
	public String executeSupplier(Bridge bridge) {
		return bridge.template.execute(() -> STAGE);
	}

	@Benchmark
	public String executeWithoutTimeout(Bridge bridge) {
		return bridge.unlimited.execute(TASK);
	}

	@Benchmark
	public String executeSecured(SecuredBridge bridge) {
		return bridge.template.execute(TASK);
	}

	@Benchmark
	public String executeSecuredCarrying(SecuredBridge bridge, CarryingCaller caller) {
		return bridge.template.execute(TASK);
	}

	@Benchmark
	public String executeMetered(MeteredBridge bridge) {
		return bridge.template.execute(TASK);
	}

	@Benchmark
	public String submitGet(Bridge bridge) throws ExecutionException, InterruptedException {
		return bridge.template.submit(TASK).get();
	}

	@Benchmark
	public String rivalEventLoopSubmitGet(Bridge bridge) throws ExecutionException, InterruptedException {
		return bridge.eventLoop.submit(() -> VALUE).get();
	}

	@Benchmark
	public String rivalSupplyAsyncJoin(Bridge bridge) {
		return CompletableFuture.supplyAsync(() -> VALUE, bridge.eventLoop).join();
	}

	@Benchmark
	public String rivalBlock(Bridge bridge) {
		return TASK.subscribeOn(bridge.scheduler).block();
	}

	@Benchmark
	public String rivalBlockWithLimit(Bridge bridge) {
		return TASK.subscribeOn(bridge.scheduler).block(TIMEOUT);
	}

	@Benchmark
	public String rivalTimeoutBlock(Bridge bridge) {
		return TASK.subscribeOn(bridge.scheduler).timeout(TIMEOUT).block();
	}

}
