package io.github.loopthread;

import java.util.concurrent.CancellationException;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when the loop stopped or died before an accepted task had ended. The cause is
 * what killed the loop, if it did not stop as asked.
 *
 * @since 1.0.0
 */
public class LoopStoppedException extends CancellationException {

	LoopStoppedException(String task, @Nullable Throwable cause) {
		super("The loop stopped before task '%s' finished".formatted(task));
		if (cause != null) {
			initCause(cause);
		}
	}

}
