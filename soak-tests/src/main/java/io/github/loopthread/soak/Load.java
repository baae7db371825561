package io.github.loopthread.soak;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/**
 * Requests for pages at a rate that does not depend on the answers. A request is a
 * success when it has been answered with its own page within a second. One that cannot be
 * sent, since too many have not been answered, is none.
 */
final class Load implements AutoCloseable {

	private static final int MOST_AT_ONCE = 300;

	private static final long SUCCESS_NANOS = TimeUnit.SECONDS.toNanos(1);

	/** So long no page takes, whatever happens. */
	private static final Duration HUNG = Duration.ofSeconds(20);

	private static final int TICK_MILLIS = 5;

	private final LoopResources threads = LoopResources.create("load", 1, true);

	private final ConnectionProvider connections = ConnectionProvider.builder("load")
		.maxConnections(MOST_AT_ONCE)
		.build();

	private final HttpClient client;

	private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();

	private final long beginNanos = System.nanoTime();

	private final History history;

	private final int perSecond;

	private final AtomicInteger open = new AtomicInteger();

	private final AtomicLong sent = new AtomicLong();

	private final LongAdder answered = new LongAdder();

	private final LongAdder notSent = new LongAdder();

	private final Map<String, LongAdder> answers = new ConcurrentSkipListMap<>();

	private volatile double factor = 1;

	// Of the clock's thread
	private double owed;

	private long lastNanos = this.beginNanos;

	/**
	 * Begin to send.
	 * @param port where the application listens
	 * @param perSecond how many requests
	 * @param atMost for how long
	 */
	Load(int port, int perSecond, Duration atMost) {
		this.client = HttpClient.create(this.connections)
			.runOn(this.threads)
			.responseTimeout(HUNG)
			.disableRetry(true)
			.baseUrl("http://127.0.0.1:" + port);
		this.history = new History(atMost);
		this.perSecond = perSecond;
		this.clock.scheduleAtFixedRate(this::tick, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
	}

	History history() {
		return this.history;
	}

	int slot() {
		return this.history.slot(Duration.ofNanos(System.nanoTime() - this.beginNanos));
	}

	/** Send so many times as much. */
	void multiplyBy(double factor) {
		this.factor = factor;
	}

	/** Send no more, and wait until all requests have been answered. */
	void stop() throws InterruptedException {
		this.clock.shutdown();
		if (!this.clock.awaitTermination(10, TimeUnit.SECONDS)) {
			throw new IllegalStateException("The load does not stop");
		}
		long deadline = System.nanoTime() + HUNG.toNanos();
		while (this.open.get() > 0 && System.nanoTime() < deadline) {
			TimeUnit.MILLISECONDS.sleep(10);
		}
	}

	long sent() {
		return this.sent.get();
	}

	long answered() {
		return this.answered.sum();
	}

	long notSent() {
		return this.notSent.sum();
	}

	/** Return how many answers of each kind there were: statuses, or what went wrong. */
	Map<String, LongAdder> answers() {
		return this.answers;
	}

	@Override
	public void close() {
		this.clock.shutdownNow();
		this.connections.disposeLater().block(Duration.ofSeconds(10));
		this.threads.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block();
	}

	private void tick() {
		long now = System.nanoTime();
		this.owed += (now - this.lastNanos) * 1e-9 * this.perSecond * this.factor;
		this.lastNanos = now;
		int slot = slot();
		for (; this.owed >= 1; this.owed--) {
			this.history.due(slot);
			if (this.open.get() >= MOST_AT_ONCE) {
				this.notSent.increment();
				this.history.ended(slot, false);
			}
			else {
				send(slot, now);
			}
		}
	}

	private void send(int slot, long dueNanos) {
		String id = "p" + this.sent.incrementAndGet();
		this.open.incrementAndGet();
		this.client.get()
			.uri("/pages/" + id)
			.responseSingle((response, body) -> body.asString()
				.defaultIfEmpty("")
				.map((page) -> answer(response.status().code(), page.equals(id))))
			.onErrorResume((ex) -> Mono.just(ex.getClass().getSimpleName()))
			.subscribe((answer) -> {
				boolean success = answer.equals("200") && System.nanoTime() - dueNanos <= SUCCESS_NANOS;
				this.history.ended(slot, success);
				this.answers.computeIfAbsent(answer, (key) -> new LongAdder()).increment();
				this.answered.increment();
				this.open.decrementAndGet();
			});
	}

	private static String answer(int status, boolean own) {
		return (status == 200 && !own) ? "200 with another's page" : String.valueOf(status);
	}

}
