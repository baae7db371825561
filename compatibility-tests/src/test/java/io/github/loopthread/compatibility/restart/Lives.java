package io.github.loopthread.compatibility.restart;

import java.beans.Introspector;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.net.URL;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import org.springframework.boot.devtools.restart.classloader.ClassLoaderFiles;
import org.springframework.boot.devtools.restart.classloader.RestartClassLoader;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Gives an application one life after the other, each in a class loader of devtools, as
 * devtools does, and says how many of those could not be collected. In a process of its
 * own, where soft references go at once.
 */
final class Lives {

	private static final int COLLECTIONS = 50;

	private Lives() {
	}

	/**
	 * Start with how many lives, the URL of the application's classes, that of ours, and
	 * the arguments of the application. In every other life ours are loaded anew too, as
	 * with {@code restart.include}.
	 */
	public static void main(String[] arguments) throws Exception {
		int lives = Integer.parseInt(arguments[0]);
		URL application = URI.create(arguments[1]).toURL();
		URL ours = URI.create(arguments[2]).toURL();
		String[] rest = Arrays.copyOfRange(arguments, 3, arguments.length);
		// Spring Boot keeps the class loader of the first application that it sees
		System.out.println("life: " + RestartedApplication.live(rest));
		List<WeakReference<ClassLoader>> classLoaders = new ArrayList<>();
		for (int i = 0; i < lives; i++) {
			AtomicReference<String> result = new AtomicReference<>();
			classLoaders
				.add(live((i % 2 == 0) ? new URL[] { application } : new URL[] { application, ours }, rest, result));
			System.out.println("life: " + result);
		}
		// The logging system has the last application's environment until there is
		// another
		classLoaders.remove(lives - 1);
		for (int i = 0; i < COLLECTIONS && kept(classLoaders) > 0; i++) {
			collect();
		}
		System.out.printf("kept: %d%n", kept(classLoaders));
		System.exit(0);
	}

	private static WeakReference<ClassLoader> live(URL[] urls, String[] arguments, AtomicReference<String> result)
			throws Exception {
		ClassLoader classLoader = new RestartClassLoader(Lives.class.getClassLoader(), urls, new ClassLoaderFiles());
		Thread main = new Thread(() -> result.set(call(classLoader, arguments)), "restartedMain");
		main.setContextClassLoader(classLoader);
		main.start();
		main.join();
		return new WeakReference<>(classLoader);
	}

	private static String call(ClassLoader classLoader, String[] arguments) {
		try {
			return (String) classLoader.loadClass(RestartedApplication.class.getName())
				.getMethod("live", String[].class)
				.invoke(null, (Object) arguments);
		}
		catch (Throwable ex) {
			ex.printStackTrace(System.out);
			return ex.toString();
		}
	}

	private static long kept(List<WeakReference<ClassLoader>> classLoaders) {
		return classLoaders.stream().filter((reference) -> reference.get() != null).count();
	}

	private static void collect() {
		// As devtools does
		Introspector.flushCaches();
		ResolvableType.clearCache();
		ReflectionUtils.clearCache();
		AnnotationUtils.clearCache();
		System.gc();
	}

}
