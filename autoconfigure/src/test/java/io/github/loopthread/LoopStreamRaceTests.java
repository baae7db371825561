package io.github.loopthread;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.test.publisher.TestPublisher;

import io.github.loopthread.Seams.Seam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for what happens when two things happen to a stream at once: an element comes,
 * the source ends, the reader reads or closes, or is interrupted, or the loop stops.
 * Whoever wins, each element is read or released, and the stream has one end.
 */
@Timeout(60)
@Tag(Seams.TAG)
class LoopStreamRaceTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	private static final int ROUNDS = 200;

	private final Queue<ByteBuf> buffers = new ConcurrentLinkedQueue<>();

	private final TestPublisher<ByteBuf> source = TestPublisher.create();

	private final Scheduler other = Schedulers.newSingle("source");

	// The common pool may have one thread only, and a seam may hold that
	private final Executor threads = (task) -> new Thread(task, "caller").start();

	private final Seams seams = new Seams();

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ZERO),
			List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, LONG);

	@BeforeEach
	void start() {
		// Short timeouts are for streams, not for the start on demand
		this.loopThread.start();
	}

	@AfterEach
	void leaveNothing() {
		try {
			this.seams.close();
		}
		finally {
			this.other.dispose();
			this.loopThread.stop();
		}
		LoopThreads.assertNone("loop");
		assertThat(this.buffers).allMatch((buffer) -> buffer.refCnt() == 0);
		assertThat(this.loopThread.droppedResults()).isZero();
	}

	// Held, so that it is decided who wins

	@Test
	void elementThatComesWhileStreamIsClosedIsReleased() {
		Seam element = this.seams.before(StreamQueue.class, "put");
		Stream<ByteBuf> stream = open();
		CompletableFuture<Void> coming = CompletableFuture.runAsync(() -> this.source.next(buffer()), this.threads);
		element.awaitReached();
		stream.close();
		element.release();
		assertThat(coming).succeedsWithin(LONG);
		assertThat(this.buffers).singleElement().matches((buffer) -> buffer.refCnt() == 0);
	}

	@Test
	void elementAndEndThatComeWhenReaderHasFoundNothingAreSeen() {
		Seam nothing = this.seams.after(StreamQueue.class, "poll");
		Stream<ByteBuf> stream = open();
		CompletableFuture<Long> reader = read(stream);
		nothing.awaitReached();
		this.source.next(buffer()).complete();
		nothing.release();
		assertThat(reader).succeedsWithin(LONG).isEqualTo(1L);
	}

	@Test
	void closeWhenReaderIsAboutToWaitWakesIt() {
		Seam waiting = this.seams.before(StreamQueue.class, "await");
		Stream<ByteBuf> stream = open();
		CompletableFuture<Long> reader = read(stream);
		waiting.awaitReached();
		stream.close();
		waiting.release();
		assertThat(reader).failsWithin(LONG).withThrowableThat().withCauseInstanceOf(IllegalStateException.class);
	}

	@Test
	void endThatComesWhenReaderHasTakenLastElementIsTheEnd() {
		Seam taken = this.seams.before(StreamSource.class, "endTaskIfRead");
		Stream<ByteBuf> stream = open();
		this.source.next(buffer());
		CompletableFuture<Long> reader = read(stream);
		taken.awaitReached();
		this.source.complete();
		await().until(() -> this.loopThread.activeTasks() == 0);
		taken.release();
		assertThat(reader).succeedsWithin(LONG).isEqualTo(1L);
	}

	@Test
	void readerThatTakesLastElementWhileSourceEndsSeesTheEnd() {
		Seam ending = this.seams.before(StreamSource.class, "endTaskIfRead");
		Stream<ByteBuf> stream = open();
		this.source.next(buffer());
		CompletableFuture<Void> completing = CompletableFuture.runAsync(this.source::complete, this.threads);
		ending.awaitReached();
		assertThat(read(stream)).succeedsWithin(LONG).isEqualTo(1L);
		assertThat(this.loopThread.activeTasks()).isZero();
		ending.release();
		assertThat(completing).succeedsWithin(LONG);
	}

	@Test
	void elementJustBeforeTimeoutIsReleased() {
		Seam deadline = this.seams.before(LoopTask.class, "whatItWaitsFor");
		Stream<ByteBuf> stream = this.loop.withTimeout(Duration.ofMillis(100)).stream(this.source.flux());
		await().until(this.source::wasSubscribed);
		CompletableFuture<Long> reader = read(stream);
		deadline.awaitReached();
		this.source.next(buffer());
		deadline.release();
		assertThat(reader).failsWithin(LONG).withThrowableThat().withCauseInstanceOf(LoopTimeoutException.class);
		assertThat(this.buffers).singleElement().matches((buffer) -> buffer.refCnt() == 0);
	}

	@Test
	void endJustBeforeTimeoutIsTheEnd() {
		Seam deadline = this.seams.before(LoopTask.class, "whatItWaitsFor");
		Stream<ByteBuf> stream = this.loop.withTimeout(Duration.ofMillis(100)).stream(this.source.flux());
		await().until(this.source::wasSubscribed);
		CompletableFuture<Long> reader = read(stream);
		deadline.awaitReached();
		this.source.complete();
		deadline.release();
		assertThat(reader).succeedsWithin(LONG).isEqualTo(0L);
	}

	@Test
	void streamThatIsAdmittedAtTheMomentOfStopEndsWithIt() {
		Seam admission = this.seams.after(TaskRegistry.class, "admit");
		this.loopThread.start();
		CompletableFuture<Long> reader = CompletableFuture.supplyAsync(() -> this.loop.stream(elements(10)).count(),
				this.threads);
		admission.awaitReached();
		this.loopThread.stop();
		admission.release();
		assertThat(reader).failsWithin(LONG);
		assertThat(reader.handle((count, ex) -> ex).join()).hasRootCauseInstanceOf(LoopStoppedException.class);
		assertThat(this.buffers).isEmpty();
	}

	@Test
	void stopWhileReaderAsksForMoreEndsStream() {
		Seam asking = this.seams.before(LoopTask.class, "runOnLoop");
		CompletableFuture<Long> reader = CompletableFuture.supplyAsync(() -> {
			try (Stream<ByteBuf> stream = this.loop.stream(elements(10), 1)) {
				return stream.peek(ByteBuf::release).count();
			}
		}, this.threads);
		asking.awaitReached();
		this.loopThread.stop();
		asking.release();
		assertThat(reader).failsWithin(LONG);
		assertThat(reader.handle((count, ex) -> ex).join()).hasRootCauseInstanceOf(LoopStoppedException.class);
	}

	// Not held, but many times

	@ParameterizedTest
	@CsvSource({ "CLOSE, 1, false", "CLOSE, 4, false", "CLOSE, 4, true", "INTERRUPT, 4, false", "INTERRUPT, 4, true",
			"TIMEOUT, 4, false", "TIMEOUT, 4, true" })
	void everyElementIsReadOrReleased(Ending ending, int prefetch, boolean onOtherThread) throws Exception {
		AtomicInteger endedEarly = new AtomicInteger();
		for (int round = 0; round < ROUNDS; round++) {
			int count = ThreadLocalRandom.current().nextInt(40);
			Flux<ByteBuf> source = elements(count);
			Duration timeout = (ending == Ending.TIMEOUT) ? Duration.ofNanos(1) : LONG;
			Stream<ByteBuf> stream = this.loop.withTimeout(timeout)
				.stream(onOtherThread ? source.subscribeOn(this.other) : source, prefetch);
			CyclicBarrier barrier = new CyclicBarrier(2);
			CompletableFuture<@Nullable Throwable> end = new CompletableFuture<>();
			AtomicInteger read = new AtomicInteger();
			Thread reader = new Thread(() -> {
				try {
					barrier.await(20, TimeUnit.SECONDS);
					stream.forEach((element) -> {
						read.incrementAndGet();
						element.release();
					});
					end.complete(null);
				}
				catch (Throwable ex) {
					end.complete(ex);
				}
			}, "reader");
			reader.start();
			barrier.await(20, TimeUnit.SECONDS);
			for (int spin = ThreadLocalRandom.current().nextInt(5000); spin > 0; spin--) {
				Thread.onSpinWait();
			}
			ending.happen(stream, reader);
			Throwable failure = end.get(20, TimeUnit.SECONDS);
			if (failure == null) {
				assertThat(read).hasValue(count);
			}
			else {
				assertThat(failure).isInstanceOf(ending.failure);
				endedEarly.incrementAndGet();
			}
			stream.close();
			reader.join(20_000);
			await().until(() -> this.loopThread.activeTasks() == 0);
			await().untilAsserted(() -> assertThat(this.buffers).allMatch((buffer) -> buffer.refCnt() == 0));
			this.buffers.clear();
		}
		assertThat(endedEarly).as("rounds that ended early").hasPositiveValue();
	}

	@Test
	void everyElementIsReadOrReleasedWhenLoopStops() throws Exception {
		for (int round = 0; round < 50; round++) {
			this.loopThread.start();
			// One that is counted may still be refused
			AtomicInteger begun = new AtomicInteger();
			List<CompletableFuture<Throwable>> readers = Stream.generate(() -> {
				CompletableFuture<Throwable> end = new CompletableFuture<>();
				new Thread(() -> {
					try {
						Flux<ByteBuf> elements = elements(1_000_000)
							.doOnSubscribe((subscription) -> begun.incrementAndGet());
						this.loop.stream(elements, 4).forEach(ByteBuf::release);
					}
					catch (Throwable ex) {
						end.complete(ex);
					}
				}, "reader").start();
				return end;
			}).limit(4).toList();
			await().until(() -> begun.get() == 4);
			this.loopThread.stop();
			for (CompletableFuture<Throwable> reader : readers) {
				assertThat(reader.get(20, TimeUnit.SECONDS)).isExactlyInstanceOf(LoopStoppedException.class);
			}
			assertThat(this.buffers).allMatch((buffer) -> buffer.refCnt() == 0);
			this.buffers.clear();
		}
	}

	private Stream<ByteBuf> open() {
		Stream<ByteBuf> stream = this.loop.stream(this.source.flux());
		await().until(this.source::wasSubscribed);
		return stream;
	}

	private CompletableFuture<Long> read(Stream<ByteBuf> stream) {
		return CompletableFuture.supplyAsync(() -> stream.peek(ByteBuf::release).count(), this.threads);
	}

	/**
	 * Return elements that are made when they are asked for, so that none is left behind
	 * in an operator.
	 */
	private Flux<ByteBuf> elements(int count) {
		return Flux.generate(() -> 0, (made, next) -> {
			if (made == count) {
				next.complete();
			}
			else {
				next.next(buffer());
			}
			return made + 1;
		});
	}

	private ByteBuf buffer() {
		ByteBuf buffer = Unpooled.buffer(8);
		this.buffers.add(buffer);
		return buffer;
	}

	private enum Ending {

		CLOSE(IllegalStateException.class) {

			@Override
			void happen(Stream<?> stream, Thread reader) {
				stream.close();
			}

		},

		INTERRUPT(LoopInterruptedException.class) {

			@Override
			void happen(Stream<?> stream, Thread reader) {
				reader.interrupt();
			}

		},

		TIMEOUT(LoopTimeoutException.class);

		private final Class<? extends Throwable> failure;

		Ending(Class<? extends Throwable> failure) {
			this.failure = failure;
		}

		void happen(Stream<?> stream, Thread reader) {
			// By itself
		}

	}

}
