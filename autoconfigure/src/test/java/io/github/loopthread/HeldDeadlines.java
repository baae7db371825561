package io.github.loopthread;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import net.bytebuddy.ByteBuddy;
import net.bytebuddy.agent.ByteBuddyAgent;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.dynamic.loading.ClassReloadingStrategy;
import net.bytebuddy.matcher.ElementMatchers;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Keeps deadlines from passing until the test says so, however short they are and however
 * late a busy machine comes to what is to happen before. For what a deadline does when it
 * passes; that it passes in time is for {@code TimingTests}.
 * <p>
 * Whoever waits looks again when its timeout is over, or after a second: a timeout should
 * be short.
 */
public final class HeldDeadlines implements AutoCloseable {

	private static final long LOOK_AGAIN_NANOS = 10_000_000;

	// When the test has let pass those that had begun; read by whoever has a deadline
	private static volatile @Nullable Long passed;

	private final ClassReloadingStrategy strategy;

	private @Nullable Thread looking;

	// Set by the test, read by the thread that looks
	private volatile boolean closed;

	public HeldDeadlines() {
		ByteBuddyAgent.install();
		this.strategy = ClassReloadingStrategy.fromInstalledAgent();
		passed = null;
		new ByteBuddy().redefine(Deadline.class)
			.visit(Advice.to(RemainingTime.class).on(ElementMatchers.named("remainingNanos")))
			.make()
			.load(Deadline.class.getClassLoader(), this.strategy);
	}

	/**
	 * Let every deadline pass that has begun, however long it is. Those that begin later
	 * are held in their turn.
	 */
	public void pass() {
		passThoseBegunBefore(System.nanoTime());
	}

	/**
	 * Let every deadline pass that had begun at a moment, and hold those that have begun
	 * since.
	 * @param moment what {@code System.nanoTime()} was then
	 */
	public void passThoseBegunBefore(long moment) {
		passed = moment;
	}

	/**
	 * Return a source that does this when it has been subscribed. The caller may see the
	 * loop still at work for that.
	 */
	public <T> Mono<T> passWhenSubscribed(Mono<T> source) {
		return source.doOnSubscribe((subscription) -> pass());
	}

	/**
	 * Do this when tasks of a loop wait for operations, as the loop's live list has them,
	 * and for no others. If that is not so after a while, messages do not say it either.
	 */
	public void passWhenWaitingFor(LoopThread loop, String... operations) {
		this.looking = new Thread(() -> {
			long start = System.nanoTime();
			while (!this.closed && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(20)) {
				List<String> open = loop.tasks().stream().flatMap((task) -> task.waitsFor().stream()).toList();
				if (open.size() == operations.length
						&& Stream.of(operations).allMatch((each) -> open.toString().contains(each))) {
					break;
				}
				LockSupport.parkNanos(LOOK_AGAIN_NANOS);
			}
			pass();
		}, "deadlines");
		this.looking.start();
	}

	@Override
	public void close() {
		this.closed = true;
		try {
			if (this.looking != null) {
				this.looking.join();
			}
			this.strategy.reset(Deadline.class);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Called by the code under test.
	 */
	public static long remaining(long nanos, long startNanos) {
		Long moment = passed;
		return (moment != null && startNanos - moment <= 0) ? Math.min(nanos, 0) : Math.max(nanos, LOOK_AGAIN_NANOS);
	}

	private static final class RemainingTime {

		@Advice.OnMethodExit
		static void exit(@Advice.FieldValue("startNanos") long startNanos,
				@Advice.Return(readOnly = false) long nanos) {
			nanos = HeldDeadlines.remaining(nanos, startNanos);
		}

	}

}
