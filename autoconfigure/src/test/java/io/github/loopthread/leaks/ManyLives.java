package io.github.loopthread.leaks;

import java.beans.Introspector;
import java.lang.ref.WeakReference;
import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

import org.springframework.core.OverridingClassLoader;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ReflectionUtils;

/**
 * The program of a process of its own, in which soft references go at once: opens many
 * applications, each with its own class loader, closes them in any order, and says what
 * of them could not be collected.
 */
final class ManyLives {

	/**
	 * What a line begins with that says what has been kept.
	 */
	static final String KEPT = "kept: ";

	private static final int COLLECTIONS = 50;

	private ManyLives() {
	}

	/**
	 * Called with how many applications, and the URL of the upstream.
	 */
	public static void main(String[] args) throws Exception {
		int lives = Integer.parseInt(args[0]);
		long seed = System.nanoTime();
		System.out.println("closed in the order of seed " + seed);
		// Spring Boot keeps the class loader of the first application that it sees
		new Life(args[1]).close();
		Map<String, List<WeakReference<?>>> references = new TreeMap<>();
		openAndClose(lives, args[1], new Random(seed), references);
		// The logging system has the environment of the last one until there is another
		new Life(args[1]).close();
		for (int i = 0; i < COLLECTIONS && kept(references).values().stream().anyMatch((kept) -> kept > 0); i++) {
			collect();
		}
		System.out.println(KEPT + kept(references));
		System.exit(0);
	}

	private static void openAndClose(int lives, String upstream, Random random,
			Map<String, List<WeakReference<?>>> references) throws Exception {
		List<AutoCloseable> open = new ArrayList<>();
		for (int i = 0; i < lives; i++) {
			// In every other one our own classes are loaded anew too
			AutoCloseable life = open((i % 2 == 0) ? "io.github.loopthread.leaks." : "io.github.loopthread.", upstream);
			references(life).forEach(
					(kind, reference) -> references.computeIfAbsent(kind, (key) -> new ArrayList<>()).add(reference));
			open.add(life);
		}
		Collections.shuffle(open, random);
		for (AutoCloseable life : open) {
			life.close();
		}
	}

	private static AutoCloseable open(String packages, String upstream) throws Exception {
		ClassLoader classLoader = new OverridingClassLoader(ManyLives.class.getClassLoader()) {

			@Override
			protected boolean isEligibleForOverriding(String className) {
				return className.startsWith(packages);
			}

		};
		return onThreadWith(classLoader, () -> {
			Constructor<?> constructor = classLoader.loadClass(Life.class.getName())
				.getDeclaredConstructor(String.class);
			constructor.setAccessible(true);
			return (AutoCloseable) constructor.newInstance(upstream);
		});
	}

	private static <T> T onThreadWith(ClassLoader classLoader, Callable<T> action) throws Exception {
		FutureTask<T> task = new FutureTask<>(action);
		Thread thread = new Thread(task, "life");
		thread.setContextClassLoader(classLoader);
		thread.start();
		thread.join();
		return task.get();
	}

	@SuppressWarnings("unchecked")
	private static Map<String, WeakReference<?>> references(AutoCloseable life) {
		return ((Supplier<Map<String, WeakReference<?>>>) life).get();
	}

	private static Map<String, Long> kept(Map<String, List<WeakReference<?>>> references) {
		Map<String, Long> kept = new TreeMap<>();
		references.forEach(
				(kind, all) -> kept.put(kind, all.stream().filter((reference) -> reference.get() != null).count()));
		return kept;
	}

	private static void collect() {
		// What devtools clears as well
		Introspector.flushCaches();
		ResolvableType.clearCache();
		ReflectionUtils.clearCache();
		AnnotationUtils.clearCache();
		System.gc();
	}

}
