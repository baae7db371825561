package io.github.loopthread;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Something that a caller has brought or opened and that has not ended: a task, stream,
 * scope or lease. For those who may look at it and not touch it, such as tests that want
 * to leave nothing behind.
 * <p>
 * It is equal to whatever stands for the same thing, whenever that was asked for, and
 * holds it. Its {@code toString} says what the thing is doing at that moment and where it
 * comes from, on any thread.
 *
 * @since 1.0.0
 * @see LoopThread#openWork()
 */
@SuppressWarnings("ReferenceEquality")
public final class OpenWork {

	private final Object work;

	private final Supplier<String> description;

	private OpenWork(Object work, Supplier<String> description) {
		this.work = work;
		this.description = description;
	}

	/**
	 * Return what is open at the moment.
	 */
	static Set<OpenWork> of(TaskRegistry tasks, OpenLeases leases) {
		Set<OpenWork> open = new HashSet<>();
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
