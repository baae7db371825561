package io.github.loopthread;

import java.io.IOException;
import java.lang.reflect.UndeclaredThrowableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.publisher.TestPublisher;
import reactor.test.publisher.TestPublisher.Violation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for every way in which a {@link LoopStream} is refused or ends.
 */
@Timeout(60)
class LoopStreamEndTests {

	private static final Duration SHORT = Duration.ofMillis(200);

	private static final Duration LONG = Duration.ofSeconds(20);

	private final AtomicInteger subscriptions = new AtomicInteger();

	private final AtomicInteger cancels = new AtomicInteger();

	private final List<ByteBuf> buffers = new ArrayList<>();

	private final Sinks.Many<ByteBuf> sink = Sinks.many().unicast().onBackpressureBuffer();

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults()
		.withTransport(Transport.NIO)
		.withDrainTimeout(Duration.ZERO)
		.withMaxConcurrentTasks(1), List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, LONG);

	@BeforeEach
	void start() {
		// Short timeouts are for streams, not for the start on demand
		this.loopThread.start();
	}

	@AfterEach
	void stop() {
		this.loopThread.stop();
		LoopThreads.assertNone("loop");
	}

	// Refusals

	@Test
	void badArgumentsAreNamed() {
		this.loopThread.stop();
		assertThatIllegalArgumentException().isThrownBy(() -> this.loop.stream(null)).withMessageContaining("'source'");
		assertThatIllegalArgumentException().isThrownBy(() -> this.loop.stream(source(), 0))
			.withMessage("'prefetch' must be at least 1, but is 0. Use stream(source) for the default of 32");
		assertThatIllegalArgumentException().isThrownBy(() -> this.loop.stream(source(), -7))
			.withMessageContaining("-7");
	}

	@Test
	void isOrderedCannotBeSplitAndRefusesActionThatIsMissing() {
		try (Stream<Integer> stream = this.loop.stream(Flux.range(0, 3))) {
			Spliterator<Integer> elements = stream.spliterator();
			assertThatIllegalArgumentException().isThrownBy(() -> elements.tryAdvance(null))
				.withMessageContaining("'action'");
			assertThat(elements.trySplit()).isNull();
			assertThat(elements.characteristics()).isEqualTo(Spliterator.ORDERED | Spliterator.NONNULL);
			assertThat(elements.estimateSize()).isEqualTo(Long.MAX_VALUE);
			assertThat(StreamSupport.stream(elements, false)).containsExactly(0, 1, 2);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void isRefusedOnThreadThatMustNotBlock(boolean onLoop) {
		Mono<Stream<ByteBuf>> call = Mono.fromSupplier(() -> this.loop.stream(source()))
			.subscribeOn(onLoop ? this.loopThread.scheduler() : Schedulers.parallel());
		this.loopThread.start();
		assertThatIllegalStateException().isThrownBy(() -> call.block(LONG))
			.withMessageContaining("LoopTemplate.stream")
			.withMessageContaining(onLoop ? "'loop-1'" : "'parallel-")
			.withMessageContaining("Flux instead");
		assertThat(this.subscriptions).hasValue(0);
	}

	@Test
	void readingIsRefusedOnLoopAndLeavesStreamAsItIs() {
		LoopThread two = new LoopThread(LoopSettings.defaults().withName("two"), List.of());
		LoopTemplate template = new LoopTemplate(two, LONG);
		try (Stream<Integer> stream = template.withName("orders").stream(Flux.range(0, 10))) {
			Iterator<Integer> iterator = stream.iterator();
			assertThat(iterator.next()).isZero();
			assertThatIllegalStateException().isThrownBy(() -> template.execute(Mono.fromSupplier(iterator::next)))
				.withMessageContaining("Reading stream 'orders'")
				.withMessageContaining("'two-1'");
			assertThat(iterator).toIterable().containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
		}
		two.stop();
	}

	@Test
	void interruptedCallerStartsNothing() {
		this.loopThread.start();
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(LoopInterruptedException.class).isThrownBy(() -> this.loop.stream(source()));
		assertThat(Thread.interrupted()).isTrue();
		assertThat(this.subscriptions).hasValue(0);
	}

	@Test
	void isRefusedWhileLoopDoesNotRun() {
		this.loopThread.start();
		this.loopThread.stop();
		assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> this.loop.withName("orders").stream(source()))
			.withMessageContaining("'orders'");
		assertThat(this.subscriptions).hasValue(0);
	}

	@Test
	void waitsForStartNoLongerThanTimeout() throws Exception {
		Sinks.Empty<String> open = Sinks.empty();
		LoopThread starting = new LoopThread(LoopSettings.defaults(),
				List.of(LoopResource.of("slow", (loop) -> open.asMono(), (resource) -> Mono.empty())));
		LoopTemplate loop = new LoopTemplate(starting, SHORT);
		try {
			CompletableFuture<Void> opening = CompletableFuture.runAsync(() -> loop.stream(source()).close());
			assertThat(opening).failsWithin(Duration.ofSeconds(8))
				.withThrowableThat()
				.withCauseInstanceOf(LoopNotRunningException.class)
				.withMessageContaining("has not started yet");
		}
		finally {
			starting.stop();
		}
		assertThat(this.subscriptions).hasValue(0);
	}

	@Test
	void errorThrownWhileSourceIsAskedComesAfterElementsBefore() {
		NoClassDefFoundError error = new NoClassDefFoundError("request");
		Flux<Integer> source = Flux.range(0, 100).doOnRequest((n) -> {
			if (n < 8) {
				throw error;
			}
		});
		try (Stream<Integer> stream = this.loop.stream(source, 8)) {
			Iterator<Integer> iterator = stream.iterator();
			for (int i = 0; i < 8; i++) {
				assertThat(iterator.next()).isEqualTo(i);
			}
			assertThatExceptionOfType(NoClassDefFoundError.class).isThrownBy(iterator::next).isSameAs(error);
		}
	}

	@Test
	void countsAgainstLimitUntilItsLastElementHasBeenRead() {
		for (int i = 0; i < 100; i++) {
			try (Stream<Integer> stream = this.loop.stream(Flux.range(0, 3))) {
				Iterator<Integer> iterator = stream.iterator();
				assertThat(iterator.next() + iterator.next()).isEqualTo(1);
				assertThatExceptionOfType(LoopOverloadedException.class).isThrownBy(() -> this.loop.stream(source()));
				assertThat(iterator.next()).isEqualTo(2);
				// Its end may come a moment after its last element
				assertThat(iterator.hasNext()).isFalse();
				assertThat(this.loop.execute(Mono.just("the only permit"))).isEqualTo("the only permit");
			}
		}
		assertThat(this.subscriptions).hasValue(0);
	}

	// Ends

	@Test
	void finishedStreamStaysFinished() {
		Stream<Integer> stream = this.loop.stream(Flux.range(0, 2));
		Iterator<Integer> iterator = stream.iterator();
		assertThat(iterator).toIterable().containsExactly(0, 1);
		assertThat(iterator.hasNext()).isFalse();
		stream.close();
		this.loopThread.stop();
		assertThat(iterator.hasNext()).isFalse();
	}

	@Test
	void failureComesAfterElementsBeforeItAndAgain() {
		IllegalStateException failure = new IllegalStateException("broken");
		Stream<Integer> stream = this.loop.stream(Flux.range(0, 5).concatWith(Mono.error(failure)));
		Iterator<Integer> iterator = stream.iterator();
		for (int i = 0; i < 5; i++) {
			assertThat(iterator.next()).isEqualTo(i);
		}
		assertThatIllegalStateException().isThrownBy(iterator::hasNext).isSameAs(failure);
		stream.close();
		assertThatIllegalStateException().isThrownBy(iterator::next).isSameAs(failure);
		assertThat(failure.getSuppressed()).singleElement()
			.satisfies((marker) -> assertThat(marker.getStackTrace()[0].getClassName()).startsWith("io.github.loop"))
			.satisfies((marker) -> assertThat(marker).hasStackTraceContaining("failureComesAfterElementsBeforeIt"));
	}

	@Test
	void cachedFailureGetsOneMarkerHoweverManyRead() {
		IllegalStateException failure = new IllegalStateException("broken");
		for (int i = 0; i < 100; i++) {
			assertThatIllegalStateException().isThrownBy(() -> this.loop.stream(Flux.error(failure)).toList())
				.isSameAs(failure);
		}
		assertThat(failure.getSuppressed()).hasSize(1);
	}

	@Test
	void checkedFailureIsWrappedAndErrorIsNot() {
		IOException failure = new IOException("broken");
		assertThatExceptionOfType(UndeclaredThrowableException.class)
			.isThrownBy(() -> this.loop.stream(Flux.error(failure)).toList())
			.withCause(failure);
		AssertionError error = new AssertionError("broken");
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> this.loop.stream(Flux.error(error)).toList())
			.isSameAs(error);
	}

	@Test
	void fatalErrorThatIsThrownWhenSourceIsAskedFailsReaderAtOnce() {
		Flux<Integer> source = cancelCounted(Flux.range(0, 100).doOnNext((i) -> {
			if (i == 50) {
				throw new NoClassDefFoundError("missing");
			}
		}));
		assertThatExceptionOfType(NoClassDefFoundError.class).isThrownBy(() -> this.loop.stream(source, 4).toList())
			.withMessage("missing");
		awaitEnd();
	}

	@Test
	void closeCancelsSourceOnLoopAndReleasesElements() throws Exception {
		Stream<ByteBuf> stream = this.loop.stream(source());
		Iterator<ByteBuf> iterator = stream.iterator();
		emit(3);
		ByteBuf read = iterator.next();
		stream.close();
		stream.close();
		assertEndedAndReleased(read);
		assertThatIllegalStateException().isThrownBy(iterator::hasNext)
			.withMessage("Stream 'unnamed' was closed before its end, and cannot be read any more");
		assertThatIllegalStateException().isThrownBy(iterator::next).withMessageContaining("closed");
	}

	@Test
	void closeDoesNotWaitForLoop() {
		Stream<ByteBuf> stream = this.loop.stream(source());
		emit(1);
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			stream.close();
			assertThat(this.cancels).hasValue(0);
		}
		assertEndedAndReleased();
	}

	@Test
	void mayBeClosedOnLoop() {
		Stream<ByteBuf> stream = this.loop.stream(source());
		emit(2);
		this.loopThread.eventLoopGroup().execute(stream::close);
		assertEndedAndReleased();
	}

	@Test
	void streamThatIsClosedBeforeLoopComesToItIsNeverSubscribed() {
		this.loopThread.start();
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			this.loop.stream(source()).close();
		}
		awaitEnd();
		assertThat(this.subscriptions).hasValue(0);
	}

	@Test
	void closeWakesWhoReads() throws Exception {
		Stream<ByteBuf> stream = this.loop.stream(source());
		Reader reader = new Reader(() -> stream.iterator().next());
		reader.awaitWaiting();
		stream.close();
		assertThat(reader.failure()).isExactlyInstanceOf(CancellationException.class).hasMessageContaining("closed");
	}

	@Test
	void failureOfBodyClosesStream() {
		assertThatIllegalArgumentException().isThrownBy(() -> {
			try (Stream<ByteBuf> stream = this.loop.stream(source())) {
				emit(3);
				stream.forEach((element) -> {
					element.release();
					throw new IllegalArgumentException("body");
				});
			}
		}).withMessage("body").withNoCause();
		assertEndedAndReleased();
	}

	@Test
	void limitWaitsForNoFurtherElement() {
		try (Stream<ByteBuf> stream = this.loop.stream(source())) {
			emit(2);
			assertThat(stream.limit(2).peek(ByteBuf::release).count()).isEqualTo(2);
		}
		assertEndedAndReleased();
	}

	@Test
	void timeoutHoldsForEachElement() {
		Flux<Long> source = Flux.interval(Duration.ofMillis(20)).take(5);
		try (HeldDeadlines deadlines = new HeldDeadlines();
				Stream<Long> stream = this.loop.withTimeout(SHORT).stream(source)) {
			assertThat(stream.peek((element) -> deadlines.pass())).hasSize(5);
		}
	}

	@Test
	void timeInBodyDoesNotCount() {
		try (HeldDeadlines deadlines = new HeldDeadlines();
				Stream<Integer> stream = this.loop.withTimeout(SHORT).stream(Flux.range(0, 6), 2)) {
			stream.forEach((element) -> {
				long start = System.nanoTime();
				deadlines.pass();
				// While the watchdog looks twice
				while (element == 3 && System.nanoTime() - start < 2 * LoopWatchdog.INTERVAL_NANOS) {
					Thread.onSpinWait();
				}
			});
		}
	}

	@Test
	void timeoutCancelsAndReleasesAndSaysSo() {
		Stream<ByteBuf> stream = this.loop.withName("orders").withTimeout(SHORT).stream(source());
		emit(1);
		Iterator<ByteBuf> iterator = stream.iterator();
		ByteBuf read = iterator.next();
		assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(iterator::hasNext)
			.withMessageStartingWith("Stream 'orders' gave no element within 200ms and was closed after ")
			.withMessageEndingWith("ms, running. Raise 'loop.timeout' or use withTimeout")
			.withCauseInstanceOf(TimeoutException.class)
			.satisfies((ex) -> assertThat(ex.getTimeout()).isEqualTo(SHORT))
			.satisfies((ex) -> assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(iterator::next)
				.isSameAs(ex));
		assertEndedAndReleased(read);
	}

	@Test
	void timeoutFiresWhenLoopIsBlocked() {
		this.loopThread.start();
		try (LoopFreezer freezer = LoopFreezer.freezeUntilNoticed(this.loopThread);
				Stream<ByteBuf> stream = this.loop.withTimeout(Duration.ofMillis(500)).stream(source())) {
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(stream::toList)
				.withMessageContaining("still queued while the loop is blocked in ")
				.withMessageContaining("LoopFreezer");
		}
		awaitEnd();
		assertThat(this.subscriptions).hasValue(0);
	}

	@Test
	void hasNoTimeoutIfNoneIsWanted() throws Exception {
		Stream<ByteBuf> stream = this.loop.withTimeout(Duration.ofNanos(1)).withoutTimeout().stream(source());
		Reader reader = new Reader(() -> stream.iterator().next());
		reader.awaitWaiting();
		emit(1);
		assertThat(reader.outcome).succeedsWithin(LONG).isSameAs(this.buffers.get(0));
		stream.close();
		assertEndedAndReleased(this.buffers.get(0));
	}

	@Test
	void interruptWhileReadingCancelsAndKeepsFlag() throws Exception {
		Stream<ByteBuf> stream = this.loop.withName("orders").stream(source());
		Reader reader = new Reader(() -> stream.iterator().next());
		reader.awaitWaiting();
		await().until(() -> this.sink.currentSubscriberCount() == 1);
		reader.thread.interrupt();
		assertThat(reader.failure()).isExactlyInstanceOf(LoopInterruptedException.class)
			.hasMessageContaining("'orders'");
		assertThat(reader.flagKept).isTrue();
		assertEndedAndReleased();
	}

	@Test
	void interruptIsSeenAlsoWhenElementsAreThere() {
		Stream<ByteBuf> stream = this.loop.stream(source());
		emit(5);
		Iterator<ByteBuf> iterator = stream.iterator();
		ByteBuf read = iterator.next();
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(LoopInterruptedException.class).isThrownBy(iterator::hasNext);
		assertThat(Thread.interrupted()).isTrue();
		assertEndedAndReleased(read);
	}

	@Test
	void stopWakesWhoReadsAndReleasesElements() throws Exception {
		Stream<ByteBuf> stream = this.loop.withName("orders").stream(source());
		Reader reader = new Reader(() -> stream.iterator().next());
		reader.awaitWaiting();
		await().until(() -> this.sink.currentSubscriberCount() == 1);
		this.loopThread.stop();
		assertThat(reader.failure()).isExactlyInstanceOf(LoopStoppedException.class)
			.hasMessage("The loop stopped before task 'orders' finished")
			.hasNoCause();
		assertEndedAndReleased();
	}

	@Test
	void stopReleasesElementsOfStreamThatNobodyReads() {
		Stream<ByteBuf> stream = this.loop.stream(source());
		emit(5);
		await().until(() -> this.sink.currentSubscriberCount() == 1);
		this.loopThread.stop();
		assertEndedAndReleased();
		assertThatExceptionOfType(LoopStoppedException.class).isThrownBy(stream::toList);
	}

	@Test
	void stopWaitsForReaderAsLongAsItMay() throws Exception {
		LoopThread draining = new LoopThread(LoopSettings.defaults().withDrainTimeout(LONG), List.of());
		Stream<Integer> stream = new LoopTemplate(draining, LONG).stream(Flux.range(0, 1000));
		CompletableFuture<Void> stopped = new CompletableFuture<>();
		Iterator<Integer> iterator = stream.iterator();
		assertThat(iterator.next()).isZero();
		draining.stop(() -> stopped.complete(null));
		await().until(() -> draining.state() == LoopThread.State.DRAINING);
		int last = 0;
		while (last < 998) {
			last = iterator.next();
			assertThat(stopped).isNotDone();
		}
		assertThat(iterator).toIterable().containsExactly(999);
		assertThat(stopped).succeedsWithin(LONG);
	}

	@Test
	void deathWakesWhoReadsWithTheCauseAndReleasesElements() throws Exception {
		Stream<ByteBuf> stream = this.loop.stream(source());
		Iterator<ByteBuf> iterator = stream.iterator();
		CountDownLatch read = new CountDownLatch(1);
		emit(1);
		Reader reader = new Reader(() -> {
			iterator.next().release();
			read.countDown();
			return iterator.next();
		});
		assertThat(read.await(20, TimeUnit.SECONDS)).isTrue();
		reader.awaitWaiting();
		Error error = new NoClassDefFoundError("out of the I/O handler");
		new LoopKiller().kill(this.loopThread, error);
		assertThat(reader.failure()).isExactlyInstanceOf(LoopStoppedException.class).hasCause(error);
		await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
	}

	@Test
	void deathReleasesElementsOfStreamThatNobodyReads() throws Exception {
		Stream<ByteBuf> stream = this.loop.stream(Flux.generate((next) -> next.next(buffer())), 5);
		await().until(() -> this.buffers.size() == 5);
		Error error = new NoClassDefFoundError("out of the I/O handler");
		new LoopKiller().kill(this.loopThread, error);
		await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
		assertThat(this.buffers).allMatch((buffer) -> buffer.refCnt() == 0);
		assertThatExceptionOfType(LoopStoppedException.class).isThrownBy(stream::toList).withCause(error);
	}

	// Publishers that misbehave

	@Test
	void publisherThatSendsMoreThanItWasAskedForFails() {
		TestPublisher<ByteBuf> publisher = TestPublisher.createNoncompliant(Violation.REQUEST_OVERFLOW);
		Stream<ByteBuf> stream = this.loop.withName("orders").stream(publisher.flux(), 2);
		await().until(publisher::wasSubscribed);
		publisher.next(buffer()).next(buffer()).next(buffer());
		publisher.assertCancelled();
		Iterator<ByteBuf> iterator = stream.iterator();
		assertThat(iterator.next()).isSameAs(this.buffers.get(0));
		assertThat(iterator.next()).isSameAs(this.buffers.get(1));
		assertThatIllegalStateException().isThrownBy(iterator::hasNext)
			.matches(Exceptions::isOverflow)
			.withMessageContaining("stream 'orders' sent more elements than it was asked for");
		assertReleased(this.buffers.get(0), this.buffers.get(1));
	}

	@Test
	void publisherThatSendsNullFails() {
		TestPublisher<ByteBuf> publisher = TestPublisher.createNoncompliant(Violation.ALLOW_NULL);
		Stream<ByteBuf> stream = this.loop.withName("orders").stream(publisher.flux());
		await().until(publisher::wasSubscribed);
		publisher.next(buffer()).next((ByteBuf) null);
		publisher.assertCancelled();
		Iterator<ByteBuf> iterator = stream.iterator();
		assertThat(iterator.next()).isSameAs(this.buffers.get(0));
		assertThatNullPointerException().isThrownBy(iterator::hasNext)
			.withMessage("The source of stream 'orders' signalled null");
		assertReleased(this.buffers.get(0));
	}

	@Test
	void publisherThatFailsWithNullFails() {
		Flux<ByteBuf> source = Flux.from((subscriber) -> {
			subscriber.onSubscribe(Operators.emptySubscription());
			subscriber.onError(null);
		});
		assertThatNullPointerException().isThrownBy(() -> this.loop.withName("orders").stream(source).toList())
			.withMessageContaining("'orders'");
	}

	@Test
	void signalsAfterTheEndAreCountedAndReleased() {
		TestPublisher<ByteBuf> publisher = TestPublisher.createNoncompliant(Violation.CLEANUP_ON_TERMINATE,
				Violation.DEFER_CANCELLATION);
		Stream<ByteBuf> stream = this.loop.stream(publisher.flux());
		await().until(publisher::wasSubscribed);
		publisher.next(buffer()).complete().next(buffer()).error(new IOException("late")).complete();
		ByteBuf read = this.buffers.get(0);
		assertThat(stream).containsExactly(read);
		assertReleased(read);
		assertThat(this.loopThread.droppedResults()).isEqualTo(2);
	}

	@Test
	void publisherThatNeverHandsOutSubscriptionEndsWithTimeoutOrStop() {
		Flux<ByteBuf> source = Flux.from((subscriber) -> {
		});
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.loop.withTimeout(SHORT).stream(source).toList());
		awaitEnd();
	}

	@Test
	void publisherThatSendsWithoutSubscriptionFails() {
		Flux<ByteBuf> source = Flux.from((subscriber) -> subscriber.onNext(buffer()));
		assertThatIllegalStateException().isThrownBy(() -> this.loop.stream(source).toList())
			.matches(Exceptions::isOverflow);
		assertReleased();
	}

	@Test
	void secondSubscriptionIsCancelled() {
		TestPublisher<ByteBuf> second = TestPublisher.create();
		Flux<Integer> source = new Flux<>() {

			@Override
			public void subscribe(reactor.core.CoreSubscriber<? super Integer> subscriber) {
				subscriber.onSubscribe(Operators.emptySubscription());
				second.subscribe(new org.reactivestreams.Subscriber<ByteBuf>() {

					@Override
					public void onSubscribe(org.reactivestreams.Subscription subscription) {
						subscriber.onSubscribe(subscription);
					}

					@Override
					public void onNext(ByteBuf element) {
					}

					@Override
					public void onError(Throwable ex) {
					}

					@Override
					public void onComplete() {
					}

				});
				subscriber.onComplete();
			}

		};
		assertThat(this.loop.stream(source)).isEmpty();
		second.assertCancelled();
	}

	// Fixtures

	private Flux<ByteBuf> source() {
		return cancelCounted(this.sink.asFlux());
	}

	private <T> Flux<T> cancelCounted(Flux<T> source) {
		return source.doOnSubscribe((subscription) -> this.subscriptions.incrementAndGet()).doOnCancel(() -> {
			if (this.loopThread.inLoop()) {
				this.cancels.incrementAndGet();
			}
		});
	}

	private ByteBuf buffer() {
		ByteBuf buffer = Unpooled.buffer(8);
		this.buffers.add(buffer);
		return buffer;
	}

	private void emit(int count) {
		await().until(() -> this.sink.currentSubscriberCount() == 1);
		for (int i = 0; i < count; i++) {
			this.sink.tryEmitNext(buffer()).orThrow();
		}
	}

	private void assertEndedAndReleased(ByteBuf... read) {
		awaitEnd();
		assertThat(this.cancels).hasValue(1);
		assertReleased(read);
		assertThat(this.loopThread.droppedResults()).isZero();
	}

	private void assertReleased(ByteBuf... read) {
		for (ByteBuf buffer : read) {
			assertThat(buffer.release()).isTrue();
		}
		await().untilAsserted(() -> assertThat(this.buffers).allMatch((buffer) -> buffer.refCnt() == 0));
	}

	private void awaitEnd() {
		await().until(() -> this.loopThread.activeTasks() == 0);
	}

	/**
	 * Reads on a thread of its own.
	 */
	private static final class Reader {

		private final CompletableFuture<ByteBuf> outcome = new CompletableFuture<>();

		private final Thread thread;

		// Written by the reader before its outcome
		private boolean flagKept;

		Reader(Callable<ByteBuf> read) {
			this.thread = new Thread(() -> {
				try {
					this.outcome.complete(read.call());
				}
				catch (Throwable ex) {
					this.flagKept = Thread.currentThread().isInterrupted();
					this.outcome.completeExceptionally(ex);
				}
			}, "reader");
			this.thread.start();
		}

		void awaitWaiting() {
			await().until(() -> this.thread.getState() == Thread.State.TIMED_WAITING);
		}

		Throwable failure() throws Exception {
			return this.outcome.handle((element, ex) -> ex).get(20, TimeUnit.SECONDS);
		}

	}

}
