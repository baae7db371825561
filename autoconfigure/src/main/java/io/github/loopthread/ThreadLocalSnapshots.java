package io.github.loopthread;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import io.micrometer.context.ContextAccessor;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;

/**
 * Captures and sets thread-locals as Micrometer's own factory does, for the accessors
 * that are in a registry when it is made, and with values in arrays: it is at work for
 * each read from the network. What is missing is cleared: what a task leaves behind on
 * the loop's thread must not be the next one's.
 */
final class ThreadLocalSnapshots implements ContextSnapshotFactory {

	// One object, so that it can be recognized
	@SuppressWarnings("UnnecessaryLambda")
	private static final Predicate<Object> ALL = (key) -> true;

	private final ContextRegistry registry;

	private final List<ThreadLocalAccessor<Object>> accessors;

	private final ContextSnapshotFactory others;

	private final Snapshot none = new Snapshot(null);

	@SuppressWarnings("unchecked")
	ThreadLocalSnapshots(ContextRegistry registry) {
		this.registry = registry;
		this.accessors = registry.getThreadLocalAccessors()
			.stream()
			.map((accessor) -> (ThreadLocalAccessor<Object>) accessor)
			.toList();
		this.others = ContextSnapshotFactory.builder().contextRegistry(registry).clearMissing(true).build();
	}

	@Override
	public ContextSnapshot captureAll(Object... contexts) {
		if (contexts.length > 0) {
			return this.others.captureAll(contexts);
		}
		@Nullable Object[] values = read(ALL);
		return (values != null) ? new Snapshot(values) : this.none;
	}

	@Override
	public ContextSnapshot captureFrom(Object... contexts) {
		return this.others.captureFrom(contexts);
	}

	@Override
	public <C> ContextSnapshot.Scope setThreadLocalsFrom(Object sourceContext, String... keys) {
		return this.others.setThreadLocalsFrom(sourceContext, keys);
	}

	/**
	 * Take away what the calling thread has. What is not there is left alone: a
	 * thread-local that is removed takes another entry when it is next asked for.
	 */
	void clear(Predicate<Object> keys) {
		for (int i = 0; i < this.accessors.size(); i++) {
			ThreadLocalAccessor<Object> accessor = this.accessors.get(i);
			if (keys.test(accessor.key()) && accessor.getValue() != null) {
				accessor.setValue();
			}
		}
	}

	/**
	 * Return what the calling thread has, {@code null} if that is nothing.
	 */
	private @Nullable Object @Nullable [] read(Predicate<Object> keys) {
		@Nullable Object[] values = null;
		for (int i = 0; i < this.accessors.size(); i++) {
			ThreadLocalAccessor<Object> accessor = this.accessors.get(i);
			Object value = keys.test(accessor.key()) ? accessor.getValue() : null;
			if (value != null) {
				values = (values != null) ? values : new @Nullable Object[this.accessors.size()];
				values[i] = value;
			}
		}
		return values;
	}

	/**
	 * Restore what was there before.
	 * @param before what that was, {@code null} if nothing
	 * @param set what has been set meanwhile, {@code null} if nothing
	 */
	private void restore(@Nullable Object @Nullable [] before, @Nullable Object @Nullable [] set,
			Predicate<Object> keys) {
		for (int i = 0; i < this.accessors.size(); i++) {
			ThreadLocalAccessor<Object> accessor = this.accessors.get(i);
			if (!keys.test(accessor.key())) {
				continue;
			}
			Object previous = at(before, i);
			if (previous != null) {
				accessor.restore(previous);
			}
			// A thread-local that is removed takes another entry when it is next asked
			// for
			else if (at(set, i) != null || accessor.getValue() != null) {
				accessor.restore();
			}
		}
	}

	private static @Nullable Object at(@Nullable Object @Nullable [] values, int index) {
		return (values != null) ? values[index] : null;
	}

	final class Snapshot implements ContextSnapshot {

		private final @Nullable Object @Nullable [] values;

		// One for all times that a thread had nothing before: there is one for each read
		private final Scope nothingBefore;

		private Snapshot(@Nullable Object @Nullable [] values) {
			this.values = values;
			this.nothingBefore = () -> restore(null, values, ALL);
		}

		@Override
		public <C> C updateContext(C context) {
			return updateContext(context, ALL);
		}

		@Override
		@SuppressWarnings("unchecked")
		public <C> C updateContext(C context, Predicate<Object> keyPredicate) {
			Map<Object, Object> entries = new HashMap<>();
			for (int i = 0; this.values != null && i < this.values.length; i++) {
				Object key = ThreadLocalSnapshots.this.accessors.get(i).key();
				if (this.values[i] != null && keyPredicate.test(key)) {
					entries.put(key, this.values[i]);
				}
			}
			if (entries.isEmpty()) {
				return context;
			}
			return ((ContextAccessor<?, C>) ThreadLocalSnapshots.this.registry.getContextAccessorForWrite(context))
				.writeValues(entries, context);
		}

		@Override
		public Scope setThreadLocals() {
			return setThreadLocals(ALL);
		}

		@Override
		public Scope setThreadLocals(Predicate<Object> keyPredicate) {
			@Nullable Object[] before = read(keyPredicate);
			for (int i = 0; i < ThreadLocalSnapshots.this.accessors.size(); i++) {
				ThreadLocalAccessor<Object> accessor = ThreadLocalSnapshots.this.accessors.get(i);
				Object value = at(this.values, i);
				if ((value != null || at(before, i) != null) && keyPredicate.test(accessor.key())) {
					set(accessor, value);
				}
			}
			return (before == null && keyPredicate.equals(ALL)) ? this.nothingBefore
					: () -> restore(before, this.values, keyPredicate);
		}

		/**
		 * Set the values where there should be none. What is there all the same does not
		 * come back, so that nobody asks what it is, which some accessors make objects
		 * for.
		 * @param kept keys of what comes back
		 */
		Scope replaceThreadLocals(Predicate<Object> kept) {
			@Nullable Object[] before = read(kept);
			for (int i = 0; i < ThreadLocalSnapshots.this.accessors.size(); i++) {
				ThreadLocalAccessor<Object> accessor = ThreadLocalSnapshots.this.accessors.get(i);
				Object value = at(this.values, i);
				if (value != null || accessor.getValue() != null) {
					set(accessor, value);
				}
			}
			return (before == null) ? this.nothingBefore : () -> restore(before, this.values, ALL);
		}

		private static void set(ThreadLocalAccessor<Object> accessor, @Nullable Object value) {
			if (value != null) {
				accessor.setValue(value);
			}
			else {
				accessor.setValue();
			}
		}

	}

}
