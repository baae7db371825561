package io.github.loopthread;

import java.time.Duration;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Where a task comes from: its name and deadline, who has its future and who wants to
 * hear of it; and who has brought it, and when: the thread, what that was doing, and
 * where in the application's code it was. Cheap to remember; what costs is writing it.
 */
final class TaskOrigin {

	private final String name;

	private final Deadline deadline;

	private final Holder holder;

	private final TaskListeners listeners;

	private final Thread thread = Thread.currentThread();

	private final long broughtNanos = System.nanoTime();

	private final @Nullable Object work;

	private final @Nullable OpeningPlace place;

	/**
	 * Create the origin of a task that the calling thread brings.
	 * @param listeners who is told what becomes of it
	 * @param work what the thread does, {@code null} if that is not known
	 * @param place where it is, {@code null} if that is to be seen as long as it waits
	 * there
	 */
	TaskOrigin(String name, Deadline deadline, Holder holder, TaskListeners listeners, @Nullable Object work,
			@Nullable OpeningPlace place) {
		this.name = name;
		this.deadline = deadline;
		this.holder = holder;
		this.listeners = listeners;
		this.work = work;
		this.place = place;
	}

	/**
	 * Return the origin of a task that nobody hears of: one of our own, or one that runs
	 * without a loop.
	 */
	static TaskOrigin internal(String name, Deadline deadline) {
		return new TaskOrigin(name, deadline, Holder.LOOP, TaskListeners.NONE, null, null);
	}

	String name() {
		return this.name;
	}

	Deadline deadline() {
		return this.deadline;
	}

	Holder holder() {
		return this.holder;
	}

	TaskListeners listeners() {
		return this.listeners;
	}

	Thread thread() {
		return this.thread;
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
	 * Return whether this task came before another.
	 */
	boolean isBefore(TaskOrigin other) {
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
	String describeCaller(BooleanSupplier waits) {
		String work = work();
		String caller = "thread '%s'%s".formatted(threadName(), (work != null) ? " (%s)".formatted(work) : "");
		OpeningPlace place = this.place;
		if (place == null) {
			place = OpeningPlace.of(this.thread);
			// Asked afterwards: whoever still waits was in the midst of it, and whoever
			// does not may be anywhere
			if (!waits.getAsBoolean()) {
				return caller + ", which does not wait for it any more";
			}
		}
		return "%s here:%s".formatted(caller, place);
	}

	/**
	 * Who has the future of a task.
	 */
	enum Holder {

		/**
		 * Its caller, who waits for it. That one's clock is exact, and its frames say
		 * more: the deadline is left to it.
		 */
		WAITING_CALLER,

		/**
		 * We: nobody outside has it, so that completing it calls nothing that might
		 * block.
		 */
		LOOP,

		/**
		 * Anybody: it has been handed out.
		 */
		ANYBODY

	}

}
