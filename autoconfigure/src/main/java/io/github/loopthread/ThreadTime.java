package io.github.loopthread;

import java.lang.Thread.State;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * How much of a time a thread has spent itself: it computed, or waited for something. Not
 * its own is what it has waited for a processor, on a machine or in a container that has
 * too few: then it is in the midst of Java code, gets on, and has computed less than
 * that.
 */
final class ThreadTime implements LongUnaryOperator {

	// Where a loop waits for something to do. Asked for an answer, it has been woken
	private static final List<String> POLLS = List.of("io.netty.channel.epoll.Native", "io.netty.channel.kqueue.Native",
			"io.netty.channel.uring.Native", "sun.nio.ch.EPoll", "sun.nio.ch.KQueue", "sun.nio.ch.WEPoll");

	private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

	private final Supplier<@Nullable Thread> thread;

	// What was seen the last time, by the thread that asks

	private StackTraceElement[] stack = {};

	private long computedNanos;

	ThreadTime(Supplier<@Nullable Thread> thread) {
		this.thread = thread;
	}

	/**
	 * Return how much of the latest time was the thread's own. To be called at intervals,
	 * by one thread.
	 * @param nanos the length of that time
	 */
	@Override
	public long applyAsLong(long nanos) {
		Thread thread = this.thread.get();
		if (thread == null) {
			return nanos;
		}
		StackTraceElement[] stack = thread.getStackTrace();
		boolean computes = thread.getState() == State.RUNNABLE && stack.length > 0 && !stack[0].isNativeMethod();
		boolean getsOn = !Arrays.equals(stack, this.stack);
		long total = computedNanos(thread);
		long computed = total - this.computedNanos;
		this.stack = stack;
		this.computedNanos = total;
		if (stack.length > 0 && POLLS.contains(stack[0].getClassName())) {
			return 0;
		}
		return (computes && getsOn && total >= 0) ? Math.min(nanos, computed) : nanos;
	}

	private static long computedNanos(Thread thread) {
		return THREADS.isThreadCpuTimeSupported() ? THREADS.getThreadCpuTime(thread.getId()) : -1;
	}

}
