package io.github.loopthread;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import net.bytebuddy.ByteBuddy;
import net.bytebuddy.agent.ByteBuddyAgent;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.dynamic.loading.ClassReloadingStrategy;
import net.bytebuddy.matcher.ElementMatchers;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Places where a test holds the first thread that comes by, so that it decides who wins a
 * race: before and after any method of ours. The methods themselves know nothing of it;
 * their byte code is changed while the test runs. A thread that was held until its time
 * was up has gone on unasked, which fails the test.
 */
public final class Seams implements AutoCloseable {

	/**
	 * The tag of tests that cannot run where others change classes as well, as PIT does.
	 */
	public static final String TAG = "seams";

	private static final Map<String, Seam> HELD = new ConcurrentHashMap<>();

	private final Map<Class<?>, ClassReloadingStrategy> opened = new ConcurrentHashMap<>();

	private final Queue<Seam> seams = new ConcurrentLinkedQueue<>();

	public Seams() {
		ByteBuddyAgent.install();
	}

	/**
	 * Hold the first thread that is about to call a method.
	 */
	public Seam before(Class<?> type, String method) {
		return hold("before", type, method);
	}

	/**
	 * Hold the first thread that is about to return from a method.
	 */
	public Seam after(Class<?> type, String method) {
		return hold("after", type, method);
	}

	/**
	 * Fail the first thread that is about to call a method.
	 */
	public void fail(Class<?> type, String method, Error error) {
		hold("before", type, method).fail(error);
	}

	@Override
	public void close() {
		HELD.clear();
		this.seams.forEach(Seam::release);
		this.opened.forEach((type, strategy) -> {
			try {
				strategy.reset(type);
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		});
		assertThat(this.seams).as("places that held a thread for too long").noneMatch((seam) -> seam.expired);
	}

	private Seam hold(String when, Class<?> type, String method) {
		Seam seam = new Seam("%s %s.%s".formatted(when, type.getName(), method));
		this.seams.add(seam);
		HELD.put(seam.place, seam);
		this.opened.computeIfAbsent(type, Seams::open);
		return seam;
	}

	private static ClassReloadingStrategy open(Class<?> type) {
		ClassReloadingStrategy strategy = ClassReloadingStrategy.fromInstalledAgent();
		new ByteBuddy().redefine(type)
			.visit(Advice.to(Place.class)
				.on(ElementMatchers.isMethod().and(ElementMatchers.not(ElementMatchers.isSynthetic()))))
			.make()
			.load(type.getClassLoader(), strategy);
		return strategy;
	}

	/**
	 * Called by the code under test.
	 */
	public static void pass(String when, String place) {
		Seam seam = HELD.remove(when + " " + place);
		if (seam != null) {
			seam.pass();
		}
	}

	private static boolean await(CountDownLatch latch) {
		try {
			return latch.await(20, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			// The test decides when to go on, not whoever interrupts the thread it holds
			boolean released = await(latch);
			Thread.currentThread().interrupt();
			return released;
		}
	}

	/**
	 * A place that holds one thread.
	 */
	public static final class Seam {

		private final String place;

		private final CountDownLatch reached = new CountDownLatch(1);

		private final CountDownLatch released = new CountDownLatch(1);

		// Set by the test before a thread comes by
		private volatile @Nullable Error error;

		// Set by the thread that is held, read by the test
		private volatile boolean expired;

		private Seam(String place) {
			this.place = place;
		}

		/**
		 * Wait until a thread is held here.
		 */
		public void awaitReached() {
			assertThat(await(this.reached)).isTrue();
		}

		/**
		 * Let the thread go on.
		 */
		public void release() {
			this.released.countDown();
		}

		@Override
		public String toString() {
			return this.place;
		}

		private void fail(Error error) {
			this.error = error;
			release();
		}

		private void pass() {
			this.reached.countDown();
			this.expired = !await(this.released);
			if (this.error != null) {
				throw this.error;
			}
		}

	}

	private static final class Place {

		@Advice.OnMethodEnter
		static void enter(@Advice.Origin("#t.#m") String place) {
			Seams.pass("before", place);
		}

		@Advice.OnMethodExit(onThrowable = Throwable.class)
		static void exit(@Advice.Origin("#t.#m") String place) {
			Seams.pass("after", place);
		}

	}

}
