package io.github.loopthread.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;

/**
 * The program of a process that stands still while callers wait: for some of them the
 * time is up when it goes on, for the others it is not.
 */
final class SuspendedProgram {

	static final int CALLERS = 100;

	static final Duration SHORT = Duration.ofSeconds(3);

	private final AtomicInteger timedOut = new AtomicInteger();

	private final AtomicInteger values = new AtomicInteger();

	private final AtomicInteger others = new AtomicInteger();

	private final AtomicInteger subscribed = new AtomicInteger();

	private final AtomicInteger cancelled = new AtomicInteger();

	private SuspendedProgram() {
	}

	/**
	 * Says {@code ready} when all wait, then, each time it is told to go on, how calls
	 * have ended.
	 */
	public static void main(String[] args) throws Exception {
		LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of());
		loopThread.start();
		new SuspendedProgram().run(loopThread);
		loopThread.stop();
	}

	private void run(LoopThread loopThread) throws Exception {
		LoopTemplate patient = new LoopTemplate(loopThread, Duration.ofMinutes(5));
		LoopTemplate impatient = patient.withTimeout(SHORT);
		Sinks.One<String> value = Sinks.one();
		List<Thread> impatientCallers = start(impatient, value.asMono());
		List<Thread> patientCallers = start(patient, value.asMono());
		// What is not subscribed before its deadline never is, and is not cancelled
		// either
		while ((loopThread.waitingCallers() < 2 * CALLERS || this.subscribed.get() < 4 * CALLERS)
				&& this.timedOut.get() == 0) {
			Thread.yield();
		}
		OtherProcess.say("ready");
		System.in.read();
		for (Thread caller : impatientCallers) {
			caller.join();
		}
		// The watchdog has had the time to do what it would
		while (loopThread.activeTasks() > 2 * CALLERS || loopThread.lag().toMillis() > 1000) {
			Thread.yield();
		}
		OtherProcess.say("%s, %d wait".formatted(this, loopThread.waitingCallers()));
		value.tryEmitValue("value");
		for (Thread caller : patientCallers) {
			caller.join();
		}
		while (loopThread.activeTasks() > 0) {
			Thread.yield();
		}
		OtherProcess.say(this.toString());
	}

	/**
	 * Start callers that wait, and as many futures for which nobody does.
	 */
	private List<Thread> start(LoopTemplate loop, Mono<String> value) {
		Mono<String> task = value.doOnSubscribe((subscription) -> this.subscribed.incrementAndGet())
			.doOnCancel(this.cancelled::incrementAndGet);
		List<Thread> callers = new ArrayList<>();
		for (int i = 0; i < CALLERS; i++) {
			Thread caller = new Thread(() -> {
				try {
					loop.execute(task);
					ended(null);
				}
				catch (Throwable ex) {
					ended(ex);
				}
			});
			caller.start();
			callers.add(caller);
			loop.submit(task).whenComplete((result, ex) -> ended(ex));
		}
		return callers;
	}

	private void ended(Throwable ex) {
		AtomicInteger ending = (ex == null) ? this.values
				: (ex instanceof LoopTimeoutException) ? this.timedOut : this.others;
		ending.incrementAndGet();
	}

	@Override
	public String toString() {
		return "%s timeouts, %s values, %s others, %s cancelled".formatted(this.timedOut, this.values, this.others,
				this.cancelled);
	}

}
