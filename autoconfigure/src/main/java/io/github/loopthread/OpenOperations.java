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

	/**
	 * Those of a task for which no client has done anything yet. Never written to.
	 */
	static final OpenOperations NONE = new OpenOperations();

	private static final int MAX_DESCRIBED = 10;

	private final Set<Object> open = ConcurrentHashMap.newKeySet();

	void add(Object operation) {
		this.open.add(operation);
	}

	void remove(Object operation) {
		this.open.remove(operation);
	}

	/**
	 * Return what there is to say of each of the operations.
	 */
	List<String> list() {
		return this.open.stream().map(OpenOperations::describe).toList();
	}

	/**
	 * Describe the operations for a message, or return {@code null} when there are none.
	 */
	@Nullable String describe() {
		if (this.open.isEmpty()) {
			return null;
		}
		String described = this.open.stream()
			.limit(MAX_DESCRIBED)
			.map(OpenOperations::describe)
			.collect(Collectors.joining(", "));
		int more = this.open.size() - MAX_DESCRIBED;
		return (more > 0) ? "%s and %d more".formatted(described, more) : described;
	}

	private static String describe(Object operation) {
		try {
			return operation.toString();
		}
		catch (Throwable ex) {
			// What it is about is a message, for which no deadline may be missed
			return ex.getClass().getName();
		}
	}

}
