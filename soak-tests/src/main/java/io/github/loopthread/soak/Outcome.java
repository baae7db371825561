package io.github.loopthread.soak;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.function.client.WebClientException;

import io.github.loopthread.LoopInterruptedException;
import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopOverloadedException;
import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopTimeoutException;

/**
 * How a call ends.
 */
enum Outcome {

	VALUE, FAILED, TIMED_OUT, INTERRUPTED, CANCELLED, REFUSED, STOPPED,

	/**
	 * With something that nobody has promised.
	 */
	OTHER;

	/**
	 * Return the outcome of a call that ended with an exception.
	 * @param ex what it ended with, {@code null} after a value
	 * @param thrown the error that its task was made to throw, if it was
	 */
	static Outcome of(@Nullable Throwable ex, @Nullable Error thrown) {
		if (ex == null) {
			return VALUE;
		}
		if (ex.equals(thrown) || (ex instanceof WebClientException web && !isOurs(web.getCause()))) {
			return FAILED;
		}
		if (ex instanceof LoopStoppedException) {
			return STOPPED;
		}
		if (ex instanceof LoopNotRunningException || ex instanceof LoopOverloadedException) {
			return REFUSED;
		}
		if (ex instanceof LoopTimeoutException) {
			return TIMED_OUT;
		}
		if (ex instanceof LoopInterruptedException) {
			return INTERRUPTED;
		}
		return (ex instanceof CancellationException) ? CANCELLED : OTHER;
	}

	/**
	 * Return what a future has wrapped.
	 */
	static @Nullable Throwable unwrapped(@Nullable Throwable ex) {
		boolean wrapper = ex instanceof CompletionException || ex instanceof ExecutionException;
		return (wrapper && ex.getCause() != null) ? ex.getCause() : ex;
	}

	/**
	 * Return whether it is one of the library's exceptions, which callers get as it is.
	 */
	static boolean isOurs(@Nullable Throwable ex) {
		return ex != null && ex.getClass().getPackageName().startsWith("io.github.loopthread");
	}

}
