package io.github.loopthread;

import java.util.concurrent.CancellationException;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when the loop stopped or died before an accepted task had ended. The cause is
 * what killed the loop, if it did not stop as asked.
 *
 * @since 1.0.0
 */
public final class LoopStoppedException extends CancellationException {

	/**
	 * Create an exception.
	 * @param what what had not ended, for the message
	 * @param cause what killed the loop, {@code null} if it stopped as asked
	 */
	public LoopStoppedException(String what, @Nullable Throwable cause) {
		super("The loop stopped before %s finished".formatted(what));
		if (cause != null) {
			initCause(cause);
		}
	}

}
