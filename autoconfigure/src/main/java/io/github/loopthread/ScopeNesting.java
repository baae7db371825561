package io.github.loopthread;

import org.jspecify.annotations.Nullable;

/**
 * Which scope a thread is in: the one that it has opened last and not closed. It bounds
 * the next one, and is closed after it.
 */
final class ScopeNesting {

	private static final ThreadLocal<@Nullable LoopScope> INNERMOST = new ThreadLocal<>();

	private ScopeNesting() {
	}

	/**
	 * Return the scope that the calling thread is in, {@code null} if in none. One that
	 * somebody has forgotten to close does not count: a thread serves many.
	 */
	static @Nullable LoopScope innermost() {
		LoopScope scope = INNERMOST.get();
		while (scope != null && scope.isOver()) {
			scope = scope.outer();
		}
		return scope;
	}

	static void enter(LoopScope scope) {
		INNERMOST.set(scope);
	}

	/**
	 * Leave a scope, and those inside that are still open before it.
	 */
	static void leave(LoopScope scope) {
		if (!contains(scope)) {
			return;
		}
		LoopScope innermost = INNERMOST.get();
		while (innermost != null && innermost != scope) {
			innermost.close();
			innermost = innermost.outer();
		}
		if (scope.outer() != null) {
			INNERMOST.set(scope.outer());
		}
		else {
			INNERMOST.remove();
		}
	}

	private static boolean contains(LoopScope scope) {
		LoopScope candidate = INNERMOST.get();
		while (candidate != null && candidate != scope) {
			candidate = candidate.outer();
		}
		return candidate != null;
	}

}
