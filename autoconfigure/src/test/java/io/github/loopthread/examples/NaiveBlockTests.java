package io.github.loopthread.examples;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import reactor.test.publisher.PublisherProbe;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.BufferCensus;
import io.github.loopthread.LoopKiller;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.RawServer;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * What {@code Mono.block(timeout)} does where LoopThread gives a guarantee: a shared
 * {@code WebClient} on one loop, and nothing of ours. Prints a row for each. A test that
 * fails means that {@code block} does something else than we say of it.
 */
@Timeout(60)
@Tag(NothingLeftExtension.OTHER_CLIENTS)
@ExtendWith(OutputCaptureExtension.class)
class NaiveBlockTests {

	private static final Duration SHORT = Duration.ofMillis(300);

	private static final Duration LONG = Duration.ofSeconds(20);

	private final CountDownLatch stalled = new CountDownLatch(1);

	private final TestServer server = TestServer
		.start((routes) -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("hello")))
			.get("/never", (request, response) -> {
				this.stalled.countDown();
				return response.sendString(Mono.never());
			}));

	private final LoopResources loopResources = LoopResources.create(BufferCensus.OTHER_CLIENT, 1, true);

	private final ConnectionProvider pool = ConnectionProvider.create("naive", 1);

	private final WebClient client = client(this.loopResources);

	private final EventLoop loop = this.loopResources.onClient(false).next();

	private final Scheduler scheduler = Schedulers.fromExecutor(this.loop);

	private final CountDownLatch release = new CountDownLatch(1);

	@AfterEach
	void close() {
		this.release.countDown();
		// Where the loop is dead, neither can be done
		this.pool.disposeLater().onErrorComplete().block(LONG);
		this.loopResources.disposeLater(Duration.ZERO, Duration.ofSeconds(1)).onErrorComplete().block(LONG);
		this.server.close();
	}

	@Test
	@DisplayName("G1 one outcome")
	void lateResultChangesNothing() {
		AtomicReference<CoreSubscriber<? super Object>> subscriber = new AtomicReference<>();
		assertTimesOut(deafToCancel(subscriber));
		subscriber.get().onNext("late");
		subscriber.get().onComplete();
		print("G1", "yes", "one outcome: what comes late is dropped");
	}

	@Test
	@DisplayName("G2 bounded wait")
	void timeoutFiresWhileLoopIsBlocked() {
		block();
		assertTimesOut(hello());
		assertThat(this.release.getCount()).isOne();
		print("G2", "in part", "the timeout fires also while the loop is blocked, but `block()` has none");
	}

	@Test
	@DisplayName("G3 interrupt")
	void interruptedCallerKeepsFlagButSubscribesAndCleansUpItself() throws Exception {
		PublisherProbe<String> probe = PublisherProbe.of(Mono.never());
		AtomicReference<Thread> cancelledOn = new AtomicReference<>();
		AtomicBoolean flag = new AtomicBoolean();
		Thread caller = new Thread(() -> {
			Thread.currentThread().interrupt();
			try {
				probe.mono().doOnCancel(() -> cancelledOn.set(Thread.currentThread())).block(LONG);
			}
			catch (RuntimeException ex) {
				flag.set(Thread.currentThread().isInterrupted());
			}
		});
		caller.start();
		caller.join(20_000);
		assertThat(flag).isTrue();
		assertThat(probe.wasSubscribed()).isTrue();
		assertThat(cancelledOn).hasValue(caller);
		print("G3", "in part", "throws with the flag set, but subscribes although the caller is interrupted already, "
				+ "and has the caller clean up");
	}

	@Test
	@DisplayName("G4 cancel reaches the work")
	void cancelRunsOnThreadOfCaller() {
		AtomicReference<Thread> cancelledOn = new AtomicReference<>();
		assertTimesOut(get("/never").doOnCancel(() -> cancelledOn.set(Thread.currentThread())));
		assertThat(cancelledOn).hasValue(Thread.currentThread());
		await().until(() -> this.server.openConnections() == 0);
		print("G4", "in part", "the task is cancelled and its connection closed, but the caller runs the clean-up");
	}

	@Test
	@DisplayName("G5 hard limit")
	void anyNumberOfTasksIsAccepted() throws Exception {
		CountDownLatch running = new CountDownLatch(200);
		List<Thread> callers = Stream
			.generate(() -> new Thread(() -> assertTimesOut(
					Mono.never().doOnSubscribe((subscription) -> running.countDown()), Duration.ofSeconds(1))))
			.limit(200)
			.toList();
		callers.forEach(Thread::start);
		assertThat(running.await(20, TimeUnit.SECONDS)).isTrue();
		for (Thread caller : callers) {
			caller.join(20_000);
		}
		print("G5", "no", "there is no limit but that of the connections");
	}

	@Test
	@DisplayName("G6 isolation")
	void taskSeesNothingOfItsCallerAndWhatAnotherHasLeftBehind() {
		ThreadLocal<String> user = new ThreadLocal<>();
		user.set("alice");
		List<String> seen = new ArrayList<>();
		hello().doOnNext((body) -> {
			seen.add(user.get());
			user.set("mallory");
		}).block(LONG);
		hello().doOnNext((body) -> seen.add(user.get())).block(LONG);
		assertThat(seen).containsExactly(null, "mallory");
		print("G6", "no", "a task sees nothing of its caller, and what the task before has left on the thread");
	}

	@Test
	@DisplayName("G7 no self-deadlock")
	void refusesToWaitOnLoopButHasSubscribed() {
		PublisherProbe<String> inner = PublisherProbe.of(Mono.just("value"));
		Mono<String> outer = Mono.fromSupplier(() -> inner.mono().block(SHORT)).subscribeOn(this.scheduler);
		assertThatIllegalStateException().isThrownBy(() -> outer.block(LONG))
			.withMessageContaining(BufferCensus.OTHER_CLIENT);
		inner.assertWasSubscribed();
		print("G7", "in part", "refuses to wait on the loop, but only when the task has been subscribed");
	}

	@Test
	@DisplayName("G8 survival")
	void callerOfFatalErrorWaitsForItsTimeout() {
		// The first call takes a while, and a cancel that meets its response may cost the
		// only connection
		assertThat(hello().block(LONG)).isEqualTo("hello");
		assertTimesOut(hello().doOnNext((body) -> {
			throw new NoClassDefFoundError("missing");
		}));
		assertThat(hello().block(LONG)).isEqualTo("hello");
		print("G8", "in part", "the loop survives, but the caller waits for its timeout and is not told the error");
	}

	@Test
	@DisplayName("G9 loop death is seen")
	void callersOfDeadLoopWaitForTheirTimeouts() throws Exception {
		CompletableFuture<String> inFlight = get("/never").toFuture();
		assertThat(this.stalled.await(20, TimeUnit.SECONDS)).isTrue();
		new LoopKiller().kill((IoEventLoop) this.loop, new NoClassDefFoundError("out of the I/O handler"));
		await().until(this.loop::isShuttingDown);
		assertTimesOut(Mono.fromFuture(inFlight, true), Duration.ofSeconds(1));
		print("G9", "no", "whoever waits does so until the timeout, without a cause");
	}

	@Test
	@DisplayName("G10 accepted or refused")
	void callersOfStoppedLoopWaitForTheirTimeouts() {
		CountDownLatch subscribed = new CountDownLatch(1);
		// Subscribed on the loop, which refuses nothing to itself
		Mono<Long> delay = Mono.delay(LONG, this.scheduler)
			.doOnSubscribe((subscription) -> subscribed.countDown())
			.subscribeOn(this.scheduler);
		CompletableFuture<Void> waiting = CompletableFuture
			.runAsync(() -> assertTimesOut(delay, Duration.ofSeconds(3)));
		await().until(() -> subscribed.getCount() == 0);
		this.loopResources.disposeLater(Duration.ZERO, Duration.ofSeconds(1)).block(LONG);
		assertThat(this.loop.isTerminated()).isTrue();
		assertThat(waiting).isNotDone();
		assertThat(waiting).succeedsWithin(LONG);
		print("G10", "no", "whoever waits for anything but a connection does so until the timeout");
	}

	@Test
	@DisplayName("G11 restartable")
	void clientOfLoopThatWasStoppedDoesNotWorkAgain() {
		assertThat(hello().block(LONG)).isEqualTo("hello");
		this.loopResources.disposeLater(Duration.ZERO, Duration.ofSeconds(1)).block(LONG);
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> hello().block(LONG));
		print("G11", "no", "a new loop needs a new client");
	}

	@Test
	@DisplayName("G12 order with the web server")
	void loopThatIsBeanEndsAfterWebServer() {
		AtomicReference<String> atLast = new AtomicReference<>();
		LoopResources resources = LoopResources.create(BufferCensus.OTHER_CLIENT, 1, true);
		WebClient client = client(resources);
		GenericApplicationContext context = new GenericApplicationContext();
		context.registerBean(LoopResources.class, () -> resources,
				(definition) -> definition.setDestroyMethodName("dispose"));
		context.registerBean(WebServer.class, () -> new WebServer(() -> atLast
			.set(client.get().uri(this.server.url("/hello")).retrieve().bodyToMono(String.class).block(LONG))));
		context.refresh();
		context.close();
		assertThat(atLast).hasValue("hello");
		assertThat(resources.isDisposed()).isTrue();
		print("G12", "yes", "if the loop is a bean: those are destroyed when the web server has stopped");
	}

	@Test
	@DisplayName("G13 no leak")
	void lateValueIsNotReleased() {
		ByteBuf buffer = Unpooled.buffer(8);
		AtomicReference<CoreSubscriber<? super Object>> subscriber = new AtomicReference<>();
		assertTimesOut(deafToCancel(subscriber));
		subscriber.get().onNext(buffer);
		subscriber.get().onComplete();
		assertThat(buffer.refCnt()).isOne();
		buffer.release();
		print("G13", "no", "a buffer that comes late is never released");
	}

	@Test
	@DisplayName("G14 blocked-loop report")
	void nothingSaysThatLoopIsBlocked(CapturedOutput output) {
		block();
		assertThatIllegalStateException().isThrownBy(() -> hello().block(Duration.ofSeconds(1)))
			.withMessageStartingWith("Timeout on blocking read")
			.satisfies(
					(ex) -> assertThat(ex.getMessage()).doesNotContain(BufferCensus.OTHER_CLIENT, "NaiveBlockTests"));
		assertThat(output).doesNotContainIgnoringCase("block");
		print("G14", "no", "nothing is logged, and the exception does not say why it took so long");
	}

	@Test
	@DisplayName("G15 hostile upstream")
	void nextCallerReadsWhatWasMeantForAnother() throws Exception {
		try (RawServer server = RawServer.start((connection) -> {
			if (connection.readRequest()) {
				connection.write("HTTP/1.1 103 Early Hints\n\n");
			}
			// What the first caller has asked for takes that long
			if (connection.readRequest()) {
				connection.write("HTTP/1.1 200 OK\nContent-Length: 5\n\nalice");
			}
		})) {
			Mono<String> body = this.client.get().uri(server.url("/")).retrieve().bodyToMono(String.class);
			assertThat(body.block(LONG)).isNull();
			assertThat(body.block(LONG)).isEqualTo("alice");
		}
		print("G15", "no", "the next caller on the connection may read what was meant for another");
	}

	private WebClient client(LoopResources loopResources) {
		return WebClient.builder()
			.clientConnector(new ReactorClientHttpConnector(HttpClient.create(this.pool).runOn(loopResources, false)))
			.build();
	}

	private Mono<String> hello() {
		return get("/hello");
	}

	private Mono<String> get(String path) {
		return this.client.get().uri(this.server.url(path)).retrieve().bodyToMono(String.class);
	}

	/**
	 * Hold the loop until the end of the test.
	 */
	private void block() {
		CountDownLatch blocked = new CountDownLatch(1);
		this.loop.execute(() -> {
			blocked.countDown();
			await().until(() -> this.release.getCount() == 0);
		});
		await().until(() -> blocked.getCount() == 0);
	}

	private static void assertTimesOut(Mono<?> task) {
		assertTimesOut(task, SHORT);
	}

	private static void assertTimesOut(Mono<?> task, Duration timeout) {
		assertThatIllegalStateException().isThrownBy(() -> task.block(timeout))
			.withMessageStartingWith("Timeout on blocking read");
	}

	private static Mono<Object> deafToCancel(AtomicReference<CoreSubscriber<? super Object>> subscribers) {
		return new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super Object> subscriber) {
				subscriber.onSubscribe(Operators.emptySubscription());
				subscribers.set(subscriber);
			}

		};
	}

	private static void print(String guarantee, String held, String how) {
		System.out.printf("block | %s | %s | %s%n", guarantee, held, how);
	}

	/**
	 * Calls the client when it stops, as a request does that is then in flight.
	 */
	private static final class WebServer implements SmartLifecycle {

		private final Runnable lastRequest;

		private boolean running;

		WebServer(Runnable lastRequest) {
			this.lastRequest = lastRequest;
		}

		@Override
		public void start() {
			this.running = true;
		}

		@Override
		public void stop() {
			this.lastRequest.run();
			this.running = false;
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

		@Override
		public int getPhase() {
			return DEFAULT_PHASE - 2048;
		}

	}

}
