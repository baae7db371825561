package io.github.loopthread;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Which scopes a thread is in: those that it has opened and not closed, the last one
 * first. That one bounds the next, and is closed after it.
 */
final class ScopeNesting {

	// Weak: a pooled thread would hold what is forgotten, with its results and values
	private static final ThreadLocal<Deque<WeakReference<LoopScope>>> ENTERED = ThreadLocal
		.withInitial(ArrayDeque::new);

	private ScopeNesting() {
	}

	/**
	 * Return the scope that the calling thread is in, {@code null} if in none. One that
	 * somebody has forgotten to close does not count: a thread serves many.
	 */
	static @Nullable LoopScope innermost() {
		for (WeakReference<LoopScope> reference : ENTERED.get()) {
			LoopScope scope = reference.get();
			if (!isOver(scope)) {
				return scope;
			}
		}
		return null;
	}

	static void enter(LoopScope scope) {
		Deque<WeakReference<LoopScope>> entered = ENTERED.get();
		entered.removeIf((reference) -> isOver(reference.get()));
		entered.push(new WeakReference<>(scope));
	}

	/**
	 * Leave a scope, and those inside that are still open before it.
	 */
	static void leave(LoopScope scope) {
		Deque<WeakReference<LoopScope>> entered = ENTERED.get();
		if (entered.stream().anyMatch((reference) -> reference.get() == scope)) {
			LoopScope innermost = entered.pop().get();
			while (innermost != scope) {
				if (innermost != null) {
					innermost.close();
				}
				innermost = entered.pop().get();
			}
		}
		if (entered.isEmpty()) {
			ENTERED.remove();
		}
	}

	/**
	 * Close those that the calling thread has forgotten to close.
	 */
	static List<String> closeAll() {
		List<String> closed = new ArrayList<>();
		for (WeakReference<LoopScope> reference : List.copyOf(ENTERED.get())) {
			LoopScope scope = reference.get();
			String description = (scope != null) ? scope.closeAsForgotten() : null;
			if (description != null) {
				closed.add(description);
			}
		}
		ENTERED.remove();
		return closed;
	}

	private static boolean isOver(@Nullable LoopScope scope) {
		return scope == null || scope.isOver();
	}

}
