package io.github.loopthread.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.benchmarks.ways.Setup;

/**
 * The process in which deadlines pass while the loop is blocked, and in which the loop
 * stops and starts again.
 */
final class TimingProcess {

	private static final Duration LIMIT = Duration.ofMillis(20);

	// As many for each caller before any counts; the first of all loads classes
	private static final int UNCOUNTED_DEADLINES = 20;

	private final LoopThread loop;

	private final LoopTemplate template;

	private final Mono<Item> call;

	private TimingProcess(ConfigurableApplicationContext context, Target target) {
		this.loop = context.getBean(LoopThread.class);
		this.template = context.getBean(LoopTemplate.class);
		this.call = context.getBean("loopWebClient", WebClient.class)
			.get()
			.uri(target.path(1))
			.retrieve()
			.bodyToMono(Item.class);
	}

	/**
	 * The role of a process:
	 * {@code timing <target as JSON> <callers> <deadlines> <stops>}.
	 */
	static void play(String[] args) throws Exception {
		Target target = JsonMapper.shared().readValue(args[0], Target.class);
		// It reports a loop that is blocked, as this one is on purpose
		System.setProperty("logging.level.io.github.loopthread", "off");
		try (ConfigurableApplicationContext context = BenchmarkApplication.run(Setup.LOOP, target, "")) {
			TimingProcess process = new TimingProcess(context, target);
			int callers = Integer.parseInt(args[1]);
			int deadlines = Integer.parseInt(args[2]) / callers;
			List<Series> all = new ArrayList<>();
			all.add(process.overshoot(Kind.OVERSHOOT, false, callers, deadlines));
			if (Runtime.version().feature() >= 21) {
				all.add(process.overshoot(Kind.VIRTUAL_OVERSHOOT, true, callers, deadlines));
			}
			all.addAll(process.restarts(Integer.parseInt(args[3])));
			Parent.tell(all.toArray(Series[]::new));
		}
		System.exit(0);
	}

	/** Let deadlines of callers pass while nothing on the loop moves. */
	private Series overshoot(Kind kind, boolean virtual, int callers, int deadlines) throws Exception {
		SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor("caller-");
		executor.setVirtualThreads(virtual);
		List<Latencies> overshoots = new ArrayList<>();
		CountDownLatch ended = new CountDownLatch(callers);
		CountDownLatch release = block();
		for (int caller = 0; caller < callers; caller++) {
			Latencies own = new Latencies();
			overshoots.add(own);
			executor.execute(() -> {
				try {
					for (int deadline = -UNCOUNTED_DEADLINES; deadline < deadlines; deadline++) {
						long overshoot = overshoot();
						if (deadline >= 0) {
							own.add(overshoot);
						}
					}
				}
				finally {
					ended.countDown();
				}
			});
		}
		boolean allEnded = ended.await(5, TimeUnit.MINUTES);
		release.countDown();
		if (!allEnded) {
			throw new IllegalStateException("Deadlines have not passed");
		}
		this.template.execute(Mono.empty());
		return Series.of(kind, overshoots);
	}

	/** Block the loop until the latch is released. */
	private CountDownLatch block() throws InterruptedException {
		CountDownLatch blocked = new CountDownLatch(1);
		CountDownLatch release = new CountDownLatch(1);
		this.template.submit(Mono.fromCallable(() -> {
			blocked.countDown();
			return release.await(5, TimeUnit.MINUTES);
		}));
		blocked.await();
		return release;
	}

	/** Return by how many nanoseconds a deadline passed too late. */
	private long overshoot() {
		long start = System.nanoTime();
		try {
			this.template.withTimeout(LIMIT).execute(Mono.never());
			throw new IllegalStateException("There is nothing that it could return");
		}
		catch (LoopTimeoutException ex) {
			return System.nanoTime() - start - LIMIT.toNanos();
		}
	}

	private List<Series> restarts(int stops) {
		Latencies first = new Latencies();
		Latencies stopping = new Latencies();
		Latencies starting = new Latencies();
		Latencies restarting = new Latencies();
		// The first one, which is the only one in most processes, loads classes
		for (int stop = 0; stop <= stops; stop++) {
			// So that there is a connection to close
			this.template.execute(this.call);
			long begin = System.nanoTime();
			this.loop.stop();
			long stopped = System.nanoTime();
			this.loop.start();
			long started = System.nanoTime();
			this.template.execute(this.call);
			long answered = System.nanoTime();
			if (stop == 0) {
				first.add(answered - begin);
				continue;
			}
			stopping.add(stopped - begin);
			starting.add(started - stopped);
			restarting.add(answered - begin);
		}
		return List.of(Series.of(Kind.FIRST_RESTART, List.of(first)), Series.of(Kind.STOP, List.of(stopping)),
				Series.of(Kind.START, List.of(starting)), Series.of(Kind.RESTART, List.of(restarting)));
	}

	/** What is measured. */
	enum Kind {

		OVERSHOOT("deadline overshoot with the loop blocked, callers on platform threads"),

		VIRTUAL_OVERSHOOT("deadline overshoot with the loop blocked, callers on virtual threads"),

		FIRST_RESTART("stop, start and a first request, the first time in a process"),

		STOP("stop of an idle loop, with an open connection"),

		START("start, with the client"),

		RESTART("stop, start and a first request");

		private final String title;

		Kind(String title) {
			this.title = title;
		}

		String title() {
			return this.title;
		}

	}

	/** What was seen many times, in microseconds. */
	record Series(Kind kind, long p50, long p99, long max) {

		static Series of(Kind kind, List<Latencies> all) {
			long[] percentiles = Latencies.percentiles(all, 0.5, 0.99, 1);
			return new Series(kind, percentiles[0], percentiles[1], percentiles[2]);
		}

	}

}
