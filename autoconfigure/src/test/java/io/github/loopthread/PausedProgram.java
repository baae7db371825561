package io.github.loopthread;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import reactor.core.publisher.Mono;

/**
 * The program of a process of its own: a loop under light load, which blocks it when it
 * is told to, and says how many stalls the watchdog has reported.
 */
final class PausedProgram {

	/**
	 * What a line begins with that is no log.
	 */
	static final String ANSWER = "paused program: ";

	private static final Duration THRESHOLD = Duration.ofMillis(500);

	private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

	private PausedProgram() {
	}

	/**
	 * Reads from its input {@code s} for how many stalls there were since it has been
	 * warm, also after the next answers of the loop, and {@code b} to block the loop
	 * before.
	 */
	public static void main(String[] args) throws Exception {
		LoopThread loopThread = new LoopThread(
				LoopSettings.defaults().withWatchdogThreshold(THRESHOLD).withDrainTimeout(Duration.ZERO), List.of());
		Semaphore answers = new Semaphore(0);
		Semaphore recoveries = new Semaphore(0);
		loopThread.addListener(new LoopListener() {

			@Override
			public void answered(Duration lag) {
				answers.release();
			}

			@Override
			public void recovered(LoopStall stall) {
				recoveries.release();
			}

		});
		loopThread.start();
		LoopTemplate loop = new LoopTemplate(loopThread, Duration.ofMinutes(1));
		Thread load = new Thread(() -> callForEver(loop), "load");
		load.setDaemon(true);
		load.start();
		// What it takes to load classes is not what this is about
		answers.acquire(10);
		long before = loopThread.stalls();
		say("ready");
		for (int command = System.in.read(); command >= 0; command = System.in.read()) {
			if (command == 'b') {
				recoveries.drainPermits();
				loop.submit(Mono.fromRunnable(() -> compute(THRESHOLD.multipliedBy(2).toNanos())));
				recoveries.acquire();
			}
			answers.drainPermits();
			answers.acquire(5);
			say(loopThread.stalls() - before + " stalls");
		}
	}

	private static void callForEver(LoopTemplate loop) {
		while (true) {
			loop.execute(Mono.fromRunnable(() -> spin(TimeUnit.MICROSECONDS.toNanos(500))));
		}
	}

	private static void spin(long nanos) {
		long start = System.nanoTime();
		while (System.nanoTime() - start < nanos) {
			Thread.onSpinWait();
		}
	}

	/**
	 * Compute for as long as given, not counting what passes while others do.
	 */
	private static void compute(long nanos) {
		long start = THREADS.getCurrentThreadCpuTime();
		while (THREADS.getCurrentThreadCpuTime() - start < nanos) {
			spin(TimeUnit.MILLISECONDS.toNanos(1));
		}
	}

	private static void say(String answer) {
		System.out.println(ANSWER + answer);
		System.out.flush();
	}

}
