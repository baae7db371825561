package io.github.loopthread;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * Who has brought a task: the thread, what that was doing, and where in the application's
 * code it was. Cheap to remember; what costs is writing it.
 */
final class Caller {

	private final Thread thread = Thread.currentThread();

	private final long startNanos = System.nanoTime();

	private final @Nullable Object work;

	private final @Nullable OpeningPlace place;

	/**
	 * Remember the calling thread.
	 * @param work what it does, {@code null} if that is not known
	 * @param place where it is, {@code null} if it is going to wait there
	 */
	Caller(@Nullable Object work, @Nullable OpeningPlace place) {
		this.work = work;
		this.place = place;
	}

	/**
	 * Return for how long the task has been there.
	 */
	Duration age() {
		return Duration.ofNanos(System.nanoTime() - this.startNanos);
	}

	String threadName() {
		String name = this.thread.getName();
		// Virtual threads have none, as a rule
		return name.isEmpty() ? "#" + this.thread.getId() : name;
	}

	/**
	 * Return what the caller was doing, if that is known.
	 */
	@Nullable String work() {
		return (this.work != null) ? this.work.toString() : null;
	}

	/**
	 * Return where the task was brought, or where its caller waits for it now.
	 */
	OpeningPlace place() {
		return (this.place != null) ? this.place : OpeningPlace.of(this.thread);
	}

	@Override
	public String toString() {
		String work = work();
		return "thread '%s'%s".formatted(threadName(), (work != null) ? " (%s)".formatted(work) : "");
	}

}
