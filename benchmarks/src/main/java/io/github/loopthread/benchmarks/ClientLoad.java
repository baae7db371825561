package io.github.loopthread.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.core.task.SimpleAsyncTaskExecutor;

import io.github.loopthread.benchmarks.ways.Setup;
import io.github.loopthread.benchmarks.ways.Way;

/**
 * Callers that fan out, wait, look at what has come, and begin again.
 */
final class ClientLoad {

	private static final Log logger = LogFactory.getLog(ClientLoad.class);

	private final ClientRequest request;

	private final Setup setup;

	private final Body body;

	ClientLoad(ClientRequest request, Setup setup) {
		this.request = request;
		this.setup = setup;
		this.body = request.target().body();
	}

	/**
	 * Let the callers run for a while.
	 * @param way how they call
	 * @param count how many there are
	 * @param time for how long
	 * @param limit how many requests they may make at most
	 * @param period how often to look, zero for never
	 * @param look called meanwhile
	 */
	Outcome run(Way way, int count, Duration time, long limit, Duration period, Runnable look)
			throws InterruptedException {
		Outcome outcome = new Outcome();
		AtomicLong left = new AtomicLong(limit);
		CountDownLatch done = new CountDownLatch(count);
		SimpleAsyncTaskExecutor callers = new SimpleAsyncTaskExecutor("caller-");
		callers.setVirtualThreads(this.setup.isVirtual());
		long end = System.nanoTime() + time.toNanos();
		for (int caller = 0; caller < count; caller++) {
			Latencies latencies = outcome.newLatencies();
			callers.execute(() -> {
				try {
					call(way, end, left, latencies, outcome);
				}
				finally {
					done.countDown();
				}
			});
		}
		long wait = period.isZero() ? Long.MAX_VALUE : period.toNanos();
		while (!done.await(wait, TimeUnit.NANOSECONDS)) {
			look.run();
		}
		return outcome;
	}

	private void call(Way way, long end, AtomicLong left, Latencies latencies, Outcome outcome) {
		int calls = this.request.calls();
		if (this.setup.hasContext()) {
			CallerValues.set();
		}
		while (System.nanoTime() < end && left.addAndGet(-calls) >= 0) {
			long start = System.nanoTime();
			try {
				check(way.fetch(calls));
				latencies.add(System.nanoTime() - start);
				outcome.requests.addAndGet(calls);
			}
			catch (Exception ex) {
				if (outcome.errors.getAndIncrement() == 0) {
					logger.warn("A call has failed; others that do are only counted", ex);
				}
			}
		}
	}

	private void check(List<?> bodies) {
		if (bodies.size() != this.request.calls() || !bodies.stream().allMatch(this.body::resembles)) {
			throw new IllegalStateException("Not what the upstream sends: " + bodies);
		}
	}

	/** What came of it. Requests that failed count as errors only, a fan-out as one. */
	static final class Outcome {

		private final AtomicLong requests = new AtomicLong();

		private final AtomicLong errors = new AtomicLong();

		private final List<Latencies> latencies = new ArrayList<>();

		long requests() {
			return this.requests.get();
		}

		long errors() {
			return this.errors.get();
		}

		List<Latencies> latencies() {
			return this.latencies;
		}

		private Latencies newLatencies() {
			Latencies created = new Latencies();
			this.latencies.add(created);
			return created;
		}

	}

}
