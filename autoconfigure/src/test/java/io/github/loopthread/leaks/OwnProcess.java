package io.github.loopthread.leaks;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import javax.management.JMException;
import javax.management.ObjectName;

import io.netty.util.internal.InternalThreadLocalMap;
import io.netty.util.internal.PlatformDependent;
import org.awaitility.core.ConditionTimeoutException;

import io.github.loopthread.BufferCensus;

import static org.awaitility.Awaitility.await;

/**
 * What the process has in which this runs, counted when it is at rest.
 */
final class OwnProcess {

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	// So many looks that find nothing new are enough
	private static final int AT_REST = 4;

	private static final int NOTHING = 1024;

	private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

	private static final List<String> OF_ONE_USE = List.of("-start", "-stop", "-futures", "-reports");

	private static final Set<String> seenThreads = new TreeSet<>();

	private OwnProcess() {
	}

	/**
	 * Add the figures of the process to others.
	 */
	static void count(Map<Figure, Long> figures) {
		awaitOrGoOn(() -> BufferCensus.open() == 0 && threads().noneMatch(OwnProcess::endsSoon));
		figures.put(Figure.DESCRIPTORS, descriptorsAtRest());
		figures.put(Figure.THREADS, countThreads());
		figures.put(Figure.BUFFERS, BufferCensus.open());
		figures.put(Figure.NETTY_DIRECT, PlatformDependent.usedDirectMemory());
		figures.put(Figure.JDK_DIRECT, directMemoryOfJdk());
		figures.put(Figure.THREAD_LOCALS, (long) InternalThreadLocalMap.lastVariableIndex());
		figures.put(Figure.HEAP, leastLiveBytes());
	}

	/**
	 * Wait for what should be, but not for ever: the figures will say what there is.
	 */
	static void awaitOrGoOn(Callable<Boolean> condition) {
		try {
			await().pollInSameThread().pollInterval(Duration.ofMillis(20)).atMost(PATIENCE).until(condition);
		}
		catch (ConditionTimeoutException ex) {
			// The figures will say what there is
		}
	}

	/**
	 * Count the threads, and print which were not there before: their number alone says
	 * nothing of where they come from.
	 */
	private static long countThreads() {
		List<String> threads = threads().toList();
		List<String> unseen = threads.stream().filter((thread) -> !seenThreads.contains(thread)).toList();
		if (!seenThreads.isEmpty() && !unseen.isEmpty()) {
			System.out.println("Threads not seen before: " + unseen);
		}
		seenThreads.addAll(unseen);
		return threads.size();
	}

	private static Stream<String> threads() {
		return Thread.getAllStackTraces().keySet().stream().map(Thread::getName);
	}

	/**
	 * Netty's thread for what belongs to no loop ends when it has had nothing to do for a
	 * second, and those of ours that do one thing when they have done it.
	 */
	private static boolean endsSoon(String thread) {
		return thread.startsWith("globalEventExecutor") || OF_ONE_USE.stream().anyMatch(thread::endsWith);
	}

	/**
	 * A file or two may be open for a moment, such as that of a class that is loaded.
	 */
	private static long descriptorsAtRest() {
		AtomicLong latest = new AtomicLong();
		AtomicInteger same = new AtomicInteger();
		awaitOrGoOn(() -> {
			long descriptors = descriptors();
			same.set((latest.getAndSet(descriptors) == descriptors) ? same.get() + 1 : 0);
			return same.get() == AT_REST;
		});
		return latest.get();
	}

	private static long descriptors() {
		try (Stream<Path> descriptors = Files.list(DESCRIPTORS)) {
			return descriptors.count();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static long directMemoryOfJdk() {
		return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)
			.stream()
			.filter((pool) -> pool.getName().equals("direct"))
			.mapToLong(BufferPoolMXBean::getMemoryUsed)
			.sum();
	}

	/**
	 * The least of several: what the JDK has to be told of first, such as a file that is
	 * no longer used, goes only with the next collection.
	 */
	private static long leastLiveBytes() {
		AtomicLong least = new AtomicLong(Long.MAX_VALUE);
		AtomicInteger inVain = new AtomicInteger();
		awaitOrGoOn(() -> {
			long live = liveBytes();
			inVain.set((live < least.get() - NOTHING) ? 0 : inVain.get() + 1);
			least.accumulateAndGet(live, Math::min);
			return inVain.get() == AT_REST;
		});
		return least.get();
	}

	/**
	 * Collect garbage, and add up what is left. What the heap says it uses afterwards may
	 * be a megabyte more, as collectors leave some garbage where it is.
	 */
	private static long liveBytes() {
		try {
			String histogram = (String) ManagementFactory.getPlatformMBeanServer()
				.invoke(new ObjectName("com.sun.management:type=DiagnosticCommand"), "gcClassHistogram",
						new Object[] { new String[0] }, new String[] { String[].class.getName() });
			String total = histogram.substring(histogram.lastIndexOf("Total")).trim();
			return Long.parseLong(total.substring(total.lastIndexOf(' ') + 1));
		}
		catch (JMException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
