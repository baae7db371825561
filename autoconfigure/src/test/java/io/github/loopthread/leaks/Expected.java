package io.github.loopthread.leaks;

import java.lang.reflect.UndeclaredThrowableException;
import java.util.function.Supplier;

/**
 * Endings that are meant to be, as the account of calls knows them: a failure is an
 * {@link IllegalArgumentException}.
 */
final class Expected {

	private static final String MESSAGE = "expected";

	private Expected() {
	}

	/**
	 * Fail in a way that Reactor never signals.
	 */
	static <T> T fail() {
		throw new NoClassDefFoundError(MESSAGE);
	}

	static void error(Runnable call) {
		try {
			call.run();
		}
		catch (NoClassDefFoundError ex) {
			throw failure(MESSAGE.equals(ex.getMessage()), ex);
		}
	}

	static void causedBy(Class<? extends Exception> type, Runnable call) {
		try {
			call.run();
		}
		catch (UndeclaredThrowableException ex) {
			throw failure(type.isInstance(ex.getCause()), ex);
		}
	}

	static void refused(Supplier<?> call) {
		try {
			call.get();
		}
		catch (IllegalStateException ex) {
			throw failure(ex.getClass() == IllegalStateException.class, ex);
		}
	}

	/**
	 * Make a call that is interrupted, and go on as if that had not been.
	 */
	static void interrupt(Runnable call) {
		try {
			call.run();
		}
		finally {
			if (!Thread.interrupted()) {
				throw new AssertionError("The caller's flag is gone");
			}
		}
	}

	private static RuntimeException failure(boolean expected, Throwable cause) {
		return expected ? new IllegalArgumentException(MESSAGE, cause) : new IllegalStateException(cause);
	}

}
