package io.github.loopthread.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.benchmarks.ways.Setup;

/**
 * The process whose memory is looked at: what it uses with so many callers waiting, less
 * what it used when their threads were there and parked.
 */
final class MemoryProcess {

	private static final Log logger = LogFactory.getLog(MemoryProcess.class);

	private MemoryProcess() {
	}

	/**
	 * The role of a process: {@code memory caller <kind> <virtual> <callers>} or
	 * {@code memory connection <port> <connections>}.
	 */
	static void play(String[] args) throws Exception {
		if (args[0].equals("caller")) {
			waitForNothing(Waiting.valueOf(args[1]), Boolean.parseBoolean(args[2]), Integer.parseInt(args[3]));
		}
		else {
			openConnections(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
		}
		// Thousands of callers wait for what does not come
		Runtime.getRuntime().halt(0);
	}

	private static void waitForNothing(Waiting waiting, boolean virtual, int callers) throws Exception {
		System.setProperty("loop.max-concurrent-tasks", String.valueOf(callers + 2));
		ApplicationContext context = BenchmarkApplication.run(Setup.LOOP, new Target(1, false, Body.TINY, 0), "");
		LoopTemplate loop = context.getBean(LoopTemplate.class);
		AtomicInteger reached = new AtomicInteger();
		Mono<Object> nothing = new Nothing(reached);
		AtomicBoolean begin = new AtomicBoolean();
		Queue<Thread> parked = new ConcurrentLinkedQueue<>();
		SimpleAsyncTaskExecutor threads = new SimpleAsyncTaskExecutor();
		threads.setThreadFactory((task) -> new Thread(null, task, "caller", 256 * 1024));
		threads.setVirtualThreads(virtual);
		// What the first caller needs is no part of what each of them takes
		threads.execute(() -> wait(waiting, loop, nothing));
		await(reached, 1);
		for (int caller = 0; caller < callers; caller++) {
			threads.execute(() -> {
				if (waiting.hasContext()) {
					CallerValues.set();
				}
				parked.add(Thread.currentThread());
				reached.incrementAndGet();
				// Takes nothing of the heap, as a latch or a future would
				while (!begin.get()) {
					LockSupport.park(begin);
				}
				wait(waiting, loop, nothing);
			});
		}
		await(reached, 1 + callers);
		Used before = Used.now();
		begin.set(true);
		parked.forEach(LockSupport::unpark);
		await(reached, 1 + 2 * callers);
		Parent.tell(Used.now().less(before).by(callers));
	}

	private static void wait(Waiting waiting, LoopTemplate loop, Mono<Object> nothing) {
		try {
			waiting.await(loop, nothing);
		}
		catch (Exception ex) {
			logger.error("A caller does not wait", ex);
		}
	}

	private static void openConnections(int port, int connections) throws Exception {
		System.setProperty("loop.web-client.max-connections", String.valueOf(connections));
		Target target = new Target(port, false, Body.TINY, 10_000);
		ApplicationContext context = BenchmarkApplication.run(Setup.LOOP, target, "");
		LoopTemplate loop = context.getBean(LoopTemplate.class);
		WebClient client = context.getBean("loopWebClient", WebClient.class);
		// So that the classes are there
		loop.execute(get(client, "/tiny/0/1"));
		long sockets = sockets();
		Used before = Used.now();
		CompletableFuture<List<Item>> all = loop.submit(Flux.range(0, connections)
			.flatMap((call) -> get(client, target.path(call)), connections)
			.collectList());
		// One is there already
		while (sockets() < sockets + connections - 1) {
			pause();
		}
		Parent.tell(Used.now().less(before).by(connections));
		if (all.get(60, TimeUnit.SECONDS).size() != connections) {
			throw new IllegalStateException("Not all calls were answered");
		}
		Parent.tell(Used.now().less(before).by(connections));
	}

	private static Mono<Item> get(WebClient client, String path) {
		return client.get().uri(path).retrieve().bodyToMono(Item.class);
	}

	private static void await(AtomicInteger counter, int value) {
		while (counter.get() < value) {
			pause();
		}
	}

	private static void pause() {
		LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
	}

	private static long sockets() throws IOException {
		try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
			return files.filter(MemoryProcess::isSocket).count();
		}
	}

	private static boolean isSocket(Path file) {
		try {
			return Files.readSymbolicLink(file).toString().startsWith("socket:");
		}
		catch (IOException ex) {
			// The one with which the directory is read
			return false;
		}
	}

	/** Never has anything, takes nothing of the heap, and counts who waits for it. */
	private static final class Nothing extends Mono<Object> {

		private final AtomicInteger subscribed;

		Nothing(AtomicInteger subscribed) {
			this.subscribed = subscribed;
		}

		@Override
		public void subscribe(CoreSubscriber<? super Object> subscriber) {
			subscriber.onSubscribe(Operators.emptySubscription());
			this.subscribed.incrementAndGet();
		}

	}

	/** Bytes. */
	record Used(long heap, long direct) {

		/** Look after as many collections as it takes for the heap to shrink no more. */
		static Used now() {
			long least = Long.MAX_VALUE;
			for (int unchanged = 0; unchanged < 3; unchanged++) {
				System.gc();
				pause();
				long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
				if (used < least - 1000) {
					unchanged = 0;
				}
				least = Math.min(least, used);
			}
			ByteBufAllocatorMetricProvider buffers = (ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT;
			return new Used(least, buffers.metric().usedDirectMemory());
		}

		Used less(Used other) {
			return new Used(this.heap - other.heap, this.direct - other.direct);
		}

		Used by(int count) {
			return new Used(this.heap / count, this.direct / count);
		}

	}

}
