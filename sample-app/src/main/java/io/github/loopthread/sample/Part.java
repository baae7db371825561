package io.github.loopthread.sample;

import org.jspecify.annotations.Nullable;

import io.github.loopthread.Fork;

/**
 * One part of a page: what its service answered, or why it is missing.
 *
 * @param <T> the type of its value
 * @param value the value, {@code null} if the part is missing
 * @param problem why it is missing, {@code null} if it is there
 */
record Part<T>(@Nullable T value, @Nullable String problem) {

	static <T> Part<T> of(T value) {
		return new Part<>(value, null);
	}

	/**
	 * Wait for a part. It is missing if its fork has failed, or comes too late.
	 */
	static <T> Part<T> of(Fork<T> fork) {
		return fork.toOptional().map(Part::of).orElseGet(() -> missing(fork.name(), fork.failure()));
	}

	static <T> Part<T> missing(String name, @Nullable Throwable failure) {
		return new Part<>(null, "%s: %s".formatted(name, Reason.of(failure)));
	}

}
