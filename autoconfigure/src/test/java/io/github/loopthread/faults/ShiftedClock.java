package io.github.loopthread.faults;

import java.util.List;

import net.bytebuddy.ByteBuddy;
import net.bytebuddy.agent.ByteBuddyAgent;
import net.bytebuddy.asm.MemberSubstitution;
import net.bytebuddy.dynamic.loading.ClassReloadingStrategy;
import net.bytebuddy.matcher.ElementMatchers;

/**
 * Another {@code System.nanoTime()} for classes that ask it, until it is closed: one that
 * can be set, so that it soon passes the greatest number there is, as the real one may at
 * any moment.
 */
public final class ShiftedClock implements AutoCloseable {

	private static volatile long shift;

	private final List<Class<?>> types;

	private final ClassReloadingStrategy strategy;

	/**
	 * Give classes the clock, which goes like the real one at first.
	 */
	ShiftedClock(List<Class<?>> types) {
		ByteBuddyAgent.install();
		this.types = types;
		this.strategy = ClassReloadingStrategy.fromInstalledAgent();
		shift = 0;
		this.types.forEach(this::redefine);
	}

	/**
	 * Set the clock, so that it passes the greatest number in so many nanoseconds.
	 */
	void passIn(long nanos) {
		shift = Long.MAX_VALUE - nanos - System.nanoTime();
	}

	/**
	 * Called by the classes in place of the real one.
	 */
	public static long nanoTime() {
		return System.nanoTime() + shift;
	}

	@Override
	public void close() {
		this.types.forEach((type) -> {
			try {
				this.strategy.reset(type);
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		});
	}

	private void redefine(Class<?> type) {
		try {
			new ByteBuddy().redefine(type)
				.visit(MemberSubstitution.strict()
					.method(ElementMatchers.named("nanoTime").and(ElementMatchers.isDeclaredBy(System.class)))
					.replaceWith(ShiftedClock.class.getMethod("nanoTime"))
					.on(ElementMatchers.any()))
				.make()
				.load(type.getClassLoader(), this.strategy);
		}
		catch (NoSuchMethodException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
