package io.github.loopthread;

import java.util.Map;
import java.util.Map.Entry;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.micrometer.context.ContextSnapshot;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * The Reactor context of a task: the task itself, the values that travel with it, and in
 * front of both what operators add.
 * <p>
 * Operators add something in every call of a {@code WebClient}. Reactor's own context
 * copies all of its entries each time as soon as there are more than five; this one keeps
 * those of the task as they are.
 */
final class TaskReactorContext extends TaskContext implements Context {

	private final Context values;

	private final Context added;

	private TaskReactorContext(LoopBoundary task, @Nullable ContextSnapshot snapshot, Context values, Context added) {
		super(task, snapshot);
		this.values = values;
		this.added = added;
	}

	/**
	 * Create the context of a task.
	 * @param snapshot the values that travel with it, {@code null} for none
	 * @param others what else every task has in its context
	 */
	static TaskReactorContext of(LoopBoundary task, @Nullable ContextSnapshot snapshot, Context others) {
		Context values = (snapshot != null) ? snapshot.updateContext(others) : others;
		return new TaskReactorContext(task, snapshot, values, Context.empty());
	}

	@Override
	@SuppressWarnings({ "unchecked", "TypeParameterUnusedInFormals" })
	public <T> T get(Object key) {
		Object value = find(key);
		if (value == null) {
			throw new NoSuchElementException("Context does not contain key: " + key);
		}
		return (T) value;
	}

	@Override
	@SuppressWarnings("unchecked")
	public <T> @Nullable T getOrDefault(Object key, @Nullable T defaultValue) {
		Object value = find(key);
		return (value != null) ? (T) value : defaultValue;
	}

	@Override
	public boolean hasKey(Object key) {
		return find(key) != null;
	}

	@Override
	LoopBoundary boundary() {
		return Objects.requireNonNull(super.boundary());
	}

	@Override
	public boolean isEmpty() {
		return false;
	}

	@Override
	public int size() {
		return Math.toIntExact(stream().count());
	}

	@Override
	public Stream<Entry<Object, Object>> stream() {
		Stream<Entry<Object, Object>> own = Stream.concat(Stream.of(Map.entry(LoopBoundary.class, boundary())),
				this.values.stream());
		return Stream.concat(own.filter((entry) -> !this.added.hasKey(entry.getKey())), this.added.stream());
	}

	@Override
	public Context put(Object key, Object value) {
		return with(this.added.put(key, value));
	}

	@Override
	public Context putAll(ContextView other) {
		// A context of the same task, as operators write into their own: the rest is the
		// same
		if (other instanceof TaskReactorContext context && context.boundary().equals(boundary())) {
			if (this.added.equals(context.added)) {
				// As a retry does for each request
				return context;
			}
			Context merged = context.added;
			for (Entry<Object, Object> entry : this.added.stream().toList()) {
				merged = other.hasKey(entry.getKey()) ? merged : merged.put(entry.getKey(), entry.getValue());
			}
			return with(merged);
		}
		return with(this.added.putAll(other));
	}

	@Override
	public Context putAllMap(Map<?, ?> from) {
		return with(this.added.putAllMap(from));
	}

	@Override
	public Context delete(Object key) {
		if (LoopBoundary.class.equals(key) || this.values.hasKey(key)) {
			return Context.of(stream().collect(Collectors.toMap(Entry::getKey, Entry::getValue))).delete(key);
		}
		return with(this.added.delete(key));
	}

	@Override
	public String toString() {
		return stream().map(Entry::toString).collect(Collectors.joining(", ", "TaskReactorContext{", "}"));
	}

	private Context with(Context added) {
		return new TaskReactorContext(boundary(), snapshot(), this.values, added);
	}

	private @Nullable Object find(Object key) {
		Object value = this.added.getOrDefault(key, null);
		if (value != null) {
			return value;
		}
		return LoopBoundary.class.equals(key) ? boundary() : this.values.getOrDefault(key, null);
	}

}
