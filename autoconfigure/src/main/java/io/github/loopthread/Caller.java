package io.github.loopthread;

import java.time.Duration;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Who has brought a task, and when: the thread, what that was doing, and where in the
 * application's code it was. Cheap to remember; what costs is writing it.
 */
final class Caller {

	private final Thread thread = Thread.currentThread();

	private final long broughtNanos = System.nanoTime();

	private final @Nullable Object work;

	private final @Nullable OpeningPlace place;

	/**
	 * Remember the calling thread.
	 * @param work what it does, {@code null} if that is not known
	 * @param place where it is, {@code null} if that is to be seen as long as it waits
	 * there
	 */
	Caller(@Nullable Object work, @Nullable OpeningPlace place) {
		this.work = work;
		this.place = place;
	}

	String threadName() {
		String name = this.thread.getName();
		// Virtual threads have none, as a rule
		return name.isEmpty() ? "#" + this.thread.getId() : name;
	}

	/**
	 * Return the time since the task was brought.
	 */
	Duration age() {
		return Duration.ofNanos(System.nanoTime() - this.broughtNanos);
	}

	/**
	 * Return whether this one came before another.
	 */
	boolean isBefore(Caller other) {
		return this.broughtNanos - other.broughtNanos < 0;
	}

	/**
	 * Return what the caller was doing, if that is known.
	 */
	@Nullable String work() {
		try {
			return (this.work != null) ? this.work.toString() : null;
		}
		catch (Throwable ex) {
			// It must not spoil what is said of all the others
			return ex.getClass().getName();
		}
	}

	/**
	 * Say who has brought the task, and where: of a caller that was going to wait, only
	 * while it does.
	 * @param waits whether it waits
	 */
	String describe(BooleanSupplier waits) {
		OpeningPlace place = this.place;
		if (place == null) {
			place = OpeningPlace.of(this.thread);
			// Asked afterwards: whoever still waits was in the midst of it, and whoever
			// does not may be anywhere
			if (!waits.getAsBoolean()) {
				return "%s, which does not wait for it any more".formatted(this);
			}
		}
		return "%s here:%s".formatted(this, place);
	}

	@Override
	public String toString() {
		String work = work();
		return "thread '%s'%s".formatted(threadName(), (work != null) ? " (%s)".formatted(work) : "");
	}

}
