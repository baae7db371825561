package io.github.loopthread.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.util.concurrent.TimeUnit;

import io.netty.util.internal.PlatformDependent;

/**
 * The program of a process whose first application, which has classes of its own, is the
 * first to use what Netty has for all, and ends. Its class loader is to be collected,
 * although that of Netty stays.
 */
final class FirstTouch {

	private FirstTouch() {
	}

	/**
	 * Says how the application was, and whether its classes have gone.
	 */
	public static void main(String[] args) throws Exception {
		// Not by the application: from Java 24 on Netty keeps an exception for ever that
		// says where it was first used
		PlatformDependent.hasUnsafe();
		WeakReference<ClassLoader> application = live();
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
		while (application.get() != null && System.nanoTime() - end < 0) {
			System.gc();
			Thread.yield();
		}
		OtherProcess.say((application.get() == null) ? "collected" : "kept");
		System.exit(0);
	}

	private static WeakReference<ClassLoader> live() throws Exception {
		ClassLoader classLoader = new ApplicationClassLoader();
		Thread main = new Thread(() -> run(classLoader), "application");
		main.setContextClassLoader(classLoader);
		main.start();
		main.join();
		return new WeakReference<>(classLoader);
	}

	private static void run(ClassLoader classLoader) {
		try {
			Class<?> application = classLoader.loadClass(FirstTouchApplication.class.getName());
			if (application == FirstTouchApplication.class) {
				throw new IllegalStateException("It has no classes of its own");
			}
			application.getMethod("live").invoke(null);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Loads what is ours and the test's anew, and nothing else.
	 */
	private static final class ApplicationClassLoader extends ClassLoader {

		ApplicationClassLoader() {
			super(FirstTouch.class.getClassLoader());
		}

		@Override
		protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
			if (!name.startsWith("io.github.loopthread.")) {
				return super.loadClass(name, resolve);
			}
			Class<?> known = findLoadedClass(name);
			return (known != null) ? known : define(name);
		}

		private Class<?> define(String name) throws ClassNotFoundException {
			try (InputStream code = getResourceAsStream(name.replace('.', '/') + ".class")) {
				if (code == null) {
					throw new ClassNotFoundException(name);
				}
				byte[] bytes = code.readAllBytes();
				return defineClass(name, bytes, 0, bytes.length);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
