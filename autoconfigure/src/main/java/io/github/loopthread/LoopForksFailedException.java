package io.github.loopthread;

import java.util.List;
import java.util.Objects;

/**
 * Thrown by {@link LoopScope#first()} when none of the forks has succeeded. The cause is
 * the failure that came first, the others are suppressed; none of them is changed.
 *
 * @since 1.0.0
 */
public class LoopForksFailedException extends RuntimeException {

	/**
	 * Create an exception.
	 * @param failed the forks in the order in which they ended, at least one
	 */
	LoopForksFailedException(LoopScope scope, List<Fork<?>> failed, String report) {
		super("No fork of %s succeeded: %s".formatted(scope, report), failed.get(0).failure());
		failed.stream().skip(1).map(Fork::failure).map(Objects::requireNonNull).forEach(this::addSuppressed);
	}

}
