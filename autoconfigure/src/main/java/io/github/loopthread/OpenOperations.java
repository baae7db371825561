package io.github.loopthread;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * What clients on the loop do for a task at the moment. Clients write it, whoever writes
 * a message reads it.
 */
final class OpenOperations {

	private static final int MAX_DESCRIBED = 10;

	// Made when the first client says something, which not every task needs
	private volatile @Nullable Set<Object> open;

	void add(Object operation) {
		Set<Object> open = this.open;
		if (open == null) {
			synchronized (this) {
				open = this.open;
				if (open == null) {
					open = ConcurrentHashMap.newKeySet();
					this.open = open;
				}
			}
		}
		open.add(operation);
	}

	void remove(Object operation) {
		Set<Object> open = this.open;
		if (open != null) {
			open.remove(operation);
		}
	}

	/**
	 * Return what there is to say of each of the operations.
	 */
	List<String> list() {
		Set<Object> open = this.open;
		return (open != null) ? open.stream().map(Object::toString).toList() : List.of();
	}

	/**
	 * Describe the operations for a message, or return {@code null} when there are none.
	 */
	@Nullable String describe() {
		Set<Object> open = this.open;
		if (open == null || open.isEmpty()) {
			return null;
		}
		String described = open.stream().limit(MAX_DESCRIBED).map(Object::toString).collect(Collectors.joining(", "));
		int more = open.size() - MAX_DESCRIBED;
		return (more > 0) ? "%s and %d more".formatted(described, more) : described;
	}

}
