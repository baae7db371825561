package io.github.loopthread.http;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import io.github.loopthread.CallAccount;
import io.github.loopthread.CallAccount.Call;
import io.github.loopthread.CallAccount.Outcome;
import io.github.loopthread.CallerValues;
import io.github.loopthread.LoopInterruptedException;
import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.PoolCensus;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Many callers with values of their own on one loop and few connections: nobody ever sees
 * what is another's. The profile {@code proof} makes a million tasks of it.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class IsolationTests {

	private static final int FACTOR = Integer.getInteger("storm.factor", 1);

	private static final int CALLERS = 64;

	private static final int TASKS_PER_CALLER = (FACTOR > 1) ? 16_000 : 100;

	private final TestServer server = TestServer
		.start((routes) -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("hello")))
			.get("/broken", (request, response) -> response.status(500).send())
			.get("/never", (request, response) -> response.sendString(Mono.never())));

	private final PoolCensus pool = new PoolCensus();

	private final Queue<Channel> channels = new ConcurrentLinkedQueue<>();

	private final LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector.resource((pool) -> {
		pool.maxConnections(8).pendingAcquireMaxCount(-1);
		this.pool.count(pool);
	}, (client, onLoop) -> new ReactorClientHttpConnector(
			onLoop.apply(client.doOnConnected((connection) -> this.channels.add(connection.channel())))));

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ofMillis(5)),
			List.of(this.resource), CallerValues.loopContext());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	private final WebClient client = WebClient.builder()
		.baseUrl(this.server.url(""))
		.clientConnector(new LoopClientHttpConnector(this.resource))
		.build();

	private final LongAdder looks = new LongAdder();

	private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

	@AfterEach
	void close() {
		this.loopThread.stop();
		this.server.close();
	}

	@Test
	void nobodySeesValuesOfAnother() throws Exception {
		this.loopThread.start();
		long seed = System.nanoTime();
		CallAccount account = new CallAccount();
		List<Thread> callers = new ArrayList<>();
		for (int i = 0; i < CALLERS; i++) {
			Random random = new Random(seed + i);
			callers.add(new Thread(() -> call(account, random), "caller-" + i));
		}
		AtomicBoolean over = new AtomicBoolean();
		Thread restarts = new Thread(() -> restartUntil(over, account));
		callers.forEach(Thread::start);
		restarts.start();
		for (Thread caller : callers) {
			caller.join(TimeUnit.MINUTES.toMillis(25));
			assertThat(caller.isAlive()).isFalse();
		}
		over.set(true);
		restarts.join(20_000);
		account.print("%d looks at six values, %d wrong, %d loops, seed %d".formatted(this.looks.sum(),
				this.wrong.size(), this.loopThread.getGeneration(), seed));
		assertThat(this.wrong).isEmpty();
		account.assertIsBalanced();
		assertThat(account.ended()).isEqualTo((long) CALLERS * TASKS_PER_CALLER);
		for (Outcome outcome : Outcome.values()) {
			if (outcome != Outcome.OTHER && outcome != Outcome.REFUSED) {
				assertThat(account.of(outcome)).as(outcome.name()).isPositive();
			}
		}
	}

	@Test
	void valuesOfFirstCallerAreNotKept() {
		this.loopThread.start();
		WeakReference<Object> values = callOnce();
		await().pollInterval(Duration.ofMillis(100)).atMost(Duration.ofSeconds(20)).until(() -> {
			System.gc();
			return values.get() == null;
		});
		assertThat(this.server.openConnections()).isEqualTo(1);
	}

	@Test
	void valuesOfCallerThatGaveUpBeforeBodyAreNotKept() {
		this.loopThread.start();
		byte[] marker = new byte[1024];
		WeakReference<Object> values = new WeakReference<>(marker);
		try (CallerValues first = CallerValues.set("first", marker)) {
			Mono<String> task = this.client.get()
				.uri("/hello")
				.exchangeToMono((response) -> Mono.<String>never().then(response.bodyToMono(String.class)));
			assertThatExceptionOfType(LoopTimeoutException.class)
				.isThrownBy(() -> this.loop.withTimeout(Duration.ofMillis(500)).execute(task));
		}
		marker = null;
		await().pollInterval(Duration.ofMillis(100)).atMost(Duration.ofSeconds(20)).until(() -> {
			System.gc();
			return values.get() == null;
		});
	}

	@Test
	void pooledConnectionKeepsNoAttributeOfRequest() {
		this.loopThread.start();
		Mono<String> request = this.client.get()
			.uri("/hello")
			.attribute("user", "alice")
			.retrieve()
			.bodyToMono(String.class);
		assertThat(this.loop.execute(request)).isEqualTo("hello");
		AttributeKey<?> key = ReactorClientHttpConnector.ATTRIBUTES_KEY;
		await().untilAsserted(() -> assertThat(this.pool.acquired()).isZero());
		assertThat(this.channels).singleElement().satisfies((channel) -> assertThat(channel.attr(key).get()).isNull());
	}

	private WeakReference<Object> callOnce() {
		byte[] marker = new byte[1024];
		try (CallerValues values = CallerValues.set("first", marker)) {
			assertThat(this.loop.execute(get("/hello"))).isEqualTo("hello");
		}
		return new WeakReference<>(marker);
	}

	private void call(CallAccount account, Random random) {
		for (int i = 0; i < TASKS_PER_CALLER; i++) {
			while (!this.loopThread.isRunning()) {
				Thread.yield();
			}
			String id = "u" + random.nextInt(1_000_000);
			if (random.nextInt(10) == 0) {
				account.call((call) -> run(call, "none", random));
				continue;
			}
			try (CallerValues values = CallerValues.set(id)) {
				account.call((call) -> run(call, id, random));
				look(id);
			}
		}
	}

	private void run(Call account, String id, Random random) {
		Mono<String> call = Mono.defer(() -> get("/hello"))
			.doOnSubscribe((subscription) -> look(id))
			.doOnNext((body) -> look(id))
			.flatMap((body) -> get("/hello").doOnNext((next) -> look(id)))
			.doFinally((signal) -> look(id));
		LoopTemplate shortly = this.loop.withTimeout(Duration.ofMillis(1 + random.nextInt(5)));
		switch (random.nextInt(8)) {
			case 0 -> this.loop.execute(account.source(
					get("/broken").doOnError((ex) -> look(id)).onErrorMap(WebClientResponseException.class, (ex) -> {
						look(id);
						return new IllegalArgumentException("expected");
					})));
			case 1 -> shortly.execute(account.source(get("/never").doOnCancel(() -> look(id))));
			case 2 -> {
				CompletableFuture<String> future = account.future(this.loop.submit(account.source(call)));
				if (random.nextBoolean()) {
					awaitTurnOfLoop();
				}
				future.cancel(false);
				future.join();
			}
			case 3 -> {
				Thread caller = Thread.currentThread();
				try {
					this.loop.execute(account.source(call.doOnNext((body) -> caller.interrupt()).then(get("/never"))));
				}
				finally {
					Thread.interrupted();
				}
			}
			case 4 -> this.loop.execute(() -> {
				look(id);
				return account.source(call).toFuture();
			});
			case 5 -> this.loop.execute(account.source(Mono.zip(call, call, call)));
			default -> this.loop.execute(account.source(call));
		}
	}

	private void awaitTurnOfLoop() {
		try {
			this.loop.execute(Mono.empty());
		}
		catch (LoopNotRunningException | LoopStoppedException | LoopInterruptedException ex) {
			// What the call itself ends with is another matter
		}
	}

	private Mono<String> get(String path) {
		return this.client.get().uri(path).retrieve().bodyToMono(String.class);
	}

	private void look(String id) {
		this.looks.increment();
		try {
			String current = CallerValues.current();
			if (!current.equals(id)) {
				this.wrong.add("%s instead of %s on %s".formatted(current, id, Thread.currentThread().getName()));
			}
		}
		catch (IllegalStateException ex) {
			this.wrong.add("%s instead of %s".formatted(ex.getMessage(), id));
		}
	}

	private void restartUntil(AtomicBoolean over, CallAccount account) {
		while (!over.get()) {
			long before = account.ended();
			await().pollInSameThread()
				.atMost(Duration.ofMinutes(5))
				.until(() -> over.get() || account.ended() > before + 2000);
			this.loopThread.stop();
			this.loopThread.start();
		}
	}

}
