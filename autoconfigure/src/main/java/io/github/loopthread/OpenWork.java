package io.github.loopthread;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Something that a caller has brought or opened and that has not ended, for those who may
 * look at it and not touch it.
 */
final class OpenWork {

	private final Object work;

	private final Supplier<String> description;

	private OpenWork(Object work, Supplier<String> description) {
		this.work = work;
		this.description = description;
	}

	/**
	 * Return what is open at the moment.
	 */
	static Set<Object> of(TaskRegistry tasks, OpenLeases leases) {
		Set<Object> open = new HashSet<>();
		tasks.forEach((task) -> open.add(new OpenWork(task, task::describe)));
		tasks.forEachScope((scope) -> open.add(new OpenWork(scope, scope::describe)));
		leases.forEach((lease) -> open.add(new OpenWork(lease, lease::describe)));
		return open;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof OpenWork that && that.work == this.work;
	}

	@Override
	public int hashCode() {
		return System.identityHashCode(this.work);
	}

	@Override
	public String toString() {
		return this.description.get();
	}

}
