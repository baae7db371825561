package io.github.loopthread.faults;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.core.task.SimpleAsyncTaskExecutor;

import io.github.loopthread.Fork;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The clock by which deadlines are kept passes the greatest number that there is, and
 * goes on with the smallest, while callers wait: none of them waits shorter or longer for
 * that. (That the wall clock is not asked is for {@code ArchitectureTests}.)
 */
@Timeout(60)
class ClockTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(6);

	private static final Duration DRAIN = Duration.ofMillis(300);

	// Far more than anything is late
	private static final Duration LATE = Duration.ofSeconds(10);

	// By a clock that leaps it would owe an answer for longer, as on no busy machine
	private final LoopThread loopThread = new LoopThread(
			LoopSettings.defaults().withDrainTimeout(DRAIN).withWatchdogThreshold(LATE), List.of());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofMinutes(1));

	@AfterEach
	void stop() {
		this.loopThread.stop();
	}

	@Test
	@DisplayName("D5 nanoTime begins anew")
	void nothingEndsEarlyOrLateWhenTheCountBeginsAnew() throws Exception {
		List<Class<?>> ours = classesThatAskForTheTime();
		assertThat(ours).extracting(Class::getSimpleName).contains("Deadline", "TaskOrigin", "Fork");
		try (ShiftedClock clock = new ShiftedClock(ours)) {
			// The first call takes a while
			this.loop.execute(Mono.empty());
			this.loopThread.stop();
			clock.passIn(TIMEOUT.toNanos() * 3 / 4);
			this.loopThread.start();
			LoopTemplate impatient = this.loop.withTimeout(TIMEOUT);
			List<Call> calls = List.of(
					new Call("7", TIMEOUT.dividedBy(2),
							() -> this.loop
								.execute(Mono.delay(TIMEOUT.dividedBy(2), this.loopThread.scheduler()).thenReturn(7))),
					new Call("LoopTimeoutException", TIMEOUT, () -> impatient.execute(Mono.never())),
					new Call("LoopTimeoutException", TIMEOUT, () -> impatient.submit(Mono.never()).get()),
					new Call("TIMED_OUT", TIMEOUT, () -> {
						try (LoopScope scope = impatient.scope()) {
							Fork<Object> fork = scope.fork(Mono.never());
							scope.join();
							return fork.outcome();
						}
					}));
			await().until(() -> this.loopThread.waitingCallers() == calls.size());
			assertThat(ShiftedClock.nanoTime()).as("when all of them wait").isPositive();
			calls.forEach(Call::assertEndsInTime);
			assertThat(ShiftedClock.nanoTime()).as("when all of them have ended").isNegative();
			Call drained = new Call("LoopStoppedException", DRAIN, () -> this.loop.execute(Mono.never()));
			await().until(() -> this.loopThread.waitingCallers() == 1);
			new Call("STOPPED", DRAIN, () -> {
				this.loopThread.stop();
				return this.loopThread.state();
			}).assertEndsInTime();
			drained.assertEndsInTime();
			assertThat(this.loopThread.stalls()).isZero();
		}
	}

	private static List<Class<?>> classesThatAskForTheTime() throws Exception {
		Path classes = Path.of("target/classes");
		List<Class<?>> found = new ArrayList<>();
		try (Stream<Path> files = Files.walk(classes)) {
			for (Path file : files.filter((path) -> path.toString().endsWith(".class")).toList()) {
				if (Files.readString(file, StandardCharsets.ISO_8859_1).contains("nanoTime")) {
					String name = classes.relativize(file).toString().replace('/', '.');
					found.add(Class.forName(name.substring(0, name.length() - ".class".length())));
				}
			}
		}
		return found;
	}

	/**
	 * A call on a thread of its own, measured with the real clock.
	 */
	private static final class Call {

		private final String expected;

		private final Duration least;

		private final CompletableFuture<Duration> elapsed;

		private volatile String outcome;

		Call(String expected, Duration least, Callable<Object> call) {
			this.expected = expected;
			this.least = least;
			long begin = System.nanoTime();
			this.elapsed = new SimpleAsyncTaskExecutor("caller-").submitCompletable(() -> {
				try {
					this.outcome = String.valueOf(call.call());
				}
				catch (Exception ex) {
					Throwable cause = (ex.getCause() != null && ex instanceof ExecutionException) ? ex.getCause() : ex;
					this.outcome = cause.getClass().getSimpleName();
				}
				return Duration.ofNanos(System.nanoTime() - begin);
			});
		}

		void assertEndsInTime() {
			assertThat(this.elapsed).succeedsWithin(this.least.plus(LATE));
			assertThat(this.outcome).isEqualTo(this.expected);
			assertThat(this.elapsed.join()).isBetween(this.least, this.least.plus(LATE));
		}

	}

}
