package io.github.loopthread;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopStream}. Read from top to bottom, the names say what it promises.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class LoopStreamTests {

	private static final Duration SHORT = Duration.ofMillis(200);

	private static final Duration LONG = Duration.ofSeconds(20);

	private final Queue<String> events = new ConcurrentLinkedQueue<>();

	private final AtomicInteger emitted = new AtomicInteger();

	private LoopThread loopThread = new LoopThread(
			LoopSettings.defaults().withDrainTimeout(Duration.ZERO).withMaxConcurrentTasks(100), List.of());

	private LoopTemplate loop = new LoopTemplate(this.loopThread, LONG);

	@AfterEach
	void stop() {
		this.loopThread.stop();
		LoopThreads.assertNone("loop");
	}

	// Reading

	@Test
	void isReadInForLoop() {
		List<Integer> read = new ArrayList<>();
		try (Stream<Integer> stream = this.loop.stream(Flux.range(0, 100))) {
			for (Integer element : (Iterable<Integer>) stream::iterator) {
				read.add(element);
			}
		}
		assertThat(read).isEqualTo(IntStream.range(0, 100).boxed().toList());
		assertThat(this.loopThread.activeTasks()).isZero();
	}

	@ParameterizedTest
	@CsvSource({ "1, false, 10000", "2, false, 10000", "32, false, 100000", "1, true, 10000", "2, true, 10000",
			"32, true, 100000" })
	void manyElementsComeInOrder(int prefetch, boolean fromOtherThread, int count) {
		Scheduler other = Schedulers.newSingle("other");
		Flux<Integer> source = Flux.range(0, count);
		AtomicInteger next = new AtomicInteger();
		try (Stream<Integer> stream = this.loop.stream(fromOtherThread ? source.publishOn(other) : source, prefetch)) {
			stream.forEach((element) -> assertThat(element.intValue()).isEqualTo(next.getAndIncrement()));
		}
		finally {
			other.dispose();
		}
		assertThat(next).hasValue(count);
	}

	@Test
	void worksInPipelines() {
		List<String> read = Stream.of(1, 2, 3)
			.flatMap((i) -> this.loop.stream(Flux.range(0, 1000).map((j) -> i + "." + j)))
			.filter((element) -> element.endsWith("7"))
			.limit(150)
			.collect(Collectors.toList());
		assertThat(read).hasSize(150).startsWith("1.7", "1.17").endsWith("2.497");
		await().until(() -> this.loopThread.activeTasks() == 0);
		assertThat(this.loop.stream(Flux.range(0, 1000)).parallel().mapToInt(Integer::intValue).sum())
			.isEqualTo(499_500);
		assertThat(this.loop.stream(Flux.empty()).findFirst()).isEmpty();
	}

	@Test
	void askingForNextAgainReadsNothing() {
		try (Stream<Integer> stream = this.loop.stream(Flux.range(0, 3))) {
			Iterator<Integer> iterator = stream.iterator();
			for (int i = 0; i < 3; i++) {
				assertThat(iterator.hasNext()).isTrue();
				assertThat(iterator.hasNext()).isTrue();
				assertThat(iterator.next()).isEqualTo(i);
			}
			assertThat(iterator.hasNext()).isFalse();
			assertThat(iterator.hasNext()).isFalse();
		}
	}

	@Test
	void manyReadAtOnce() throws Exception {
		List<CompletableFuture<Long>> readers = new ArrayList<>();
		for (int i = 0; i < 50; i++) {
			readers.add(onThreadOfItsOwn(() -> {
				try (Stream<Integer> stream = this.loop.stream(Flux.range(0, 2000))) {
					return stream.mapToLong(Integer::longValue).sum();
				}
			}));
		}
		assertThat(readers).allSatisfy((reader) -> assertThat(reader).succeedsWithin(LONG).isEqualTo(1_999_000L));
		assertThat(this.loopThread.activeTasks()).isZero();
	}

	// What the source sees

	@Test
	void sourceIsSubscribedAndAskedOnLoopWithValuesOfCaller() {
		this.loopThread = new LoopThread(LoopSettings.defaults(), List.of(), CallerValues.loopContext());
		this.loop = new LoopTemplate(this.loopThread, LONG);
		Flux<String> source = Flux.range(0, 8)
			.map((i) -> where(String.valueOf(i)))
			.doOnRequest((n) -> this.events.add(where("request " + n)))
			.doOnSubscribe((subscription) -> this.events.add(where("subscribe")));
		try (CallerValues values = CallerValues.set("anna"); Stream<String> stream = this.loop.stream(source, 4)) {
			await().until(() -> this.events.size() == 2);
			assertThat(stream).allSatisfy((element) -> assertThat(element).endsWith(" on loop-1 for anna"));
		}
		assertThat(this.events).containsExactly("subscribe on loop-1 for anna", "request 4 on loop-1 for anna",
				"request 3 on loop-1 for anna", "request 3 on loop-1 for anna");
	}

	@Test
	void sourceSeesContextThatHookAddsOnCaller() {
		Thread caller = Thread.currentThread();
		Hooks.onLastOperator("test", (publisher) -> (Thread.currentThread() == caller)
				? Mono.from(publisher).contextWrite((context) -> context.put("hook", "value")) : publisher);
		try {
			Flux<String> source = Flux.deferContextual((context) -> Flux.just(context.getOrDefault("hook", "none")));
			assertThat(this.loop.stream(source)).containsExactly("value");
		}
		finally {
			Hooks.resetOnLastOperator("test");
		}
	}

	@Test
	void slowReaderHoldsUpSource() throws Exception {
		try (Stream<Integer> stream = this.loop.stream(counted(Flux.range(0, 1000)), 8)) {
			Iterator<Integer> iterator = stream.iterator();
			for (int read = 0; read < 1000; read++) {
				assertThat(iterator.next()).isEqualTo(read);
				awaitLoop();
				assertThat(this.emitted.get()).isBetween(Math.min(read + 3, 1000), read + 1 + 8);
			}
		}
	}

	@Test
	void slowReaderHoldsUpNobodyElse() {
		try (Stream<Integer> stream = this.loop.stream(Flux.range(0, 1000))) {
			assertThat(this.loop.execute(Mono.just("value"))).isEqualTo("value");
		}
	}

	// Fixtures

	private <T> Flux<T> counted(Flux<T> source) {
		return source.doOnNext((element) -> this.emitted.incrementAndGet());
	}

	private void awaitLoop() throws Exception {
		this.loopThread.eventLoopGroup().submit(() -> {
		}).get(20, TimeUnit.SECONDS);
	}

	private static ByteBuf buffer() {
		return Unpooled.buffer(8);
	}

	private static String where(String what) {
		return "%s on %s for %s".formatted(what, Thread.currentThread().getName(), CallerValues.current());
	}

	private static <T> CompletableFuture<T> onThreadOfItsOwn(Callable<T> call) {
		CompletableFuture<T> outcome = new CompletableFuture<>();
		new Thread(() -> {
			try {
				outcome.complete(call.call());
			}
			catch (Throwable ex) {
				outcome.completeExceptionally(ex);
			}
		}, "reader").start();
		return outcome;
	}

}
