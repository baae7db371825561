package io.github.loopthread;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import io.github.loopthread.TaskOrigin.Holder;
import io.github.loopthread.TaskRegistry.Admission;

/**
 * The tasks of a model, and which of them the registry has admitted and not released.
 */
final class HeldTasks {

	private final TaskRegistry registry;

	private final List<LoopTask<?>> tasks = new ArrayList<>();

	// Each element is written and read by one thread at a time
	private final boolean[] held;

	HeldTasks(TaskRegistry registry, int size) {
		this.registry = registry;
		this.held = new boolean[size];
		for (int i = 0; i < size; i++) {
			TaskOrigin origin = new TaskOrigin("raced", Deadline.after(null), Holder.WAITING_CALLER, TaskListeners.NONE,
					null, null);
			this.tasks.add(new LoopTask<>(Mono.never(), origin, TaskHome.unlisted(Runnable::run), null));
		}
	}

	String admit(int task, @Nullable LoopScope scope) {
		if (this.held[task]) {
			return "ADMITTED BEFORE";
		}
		Admission admission = this.registry.admit(this.tasks.get(task), scope);
		this.held[task] = admission == Admission.ADMITTED;
		return admission.name();
	}

	void release(int task) {
		if (this.held[task]) {
			this.held[task] = false;
			this.registry.release(this.tasks.get(task));
		}
	}

	boolean isEmpty() {
		return all().isEmpty();
	}

	/**
	 * Assert that the registry has these and no others, when nothing happens any more.
	 */
	void assertListed() {
		Set<LoopTask<?>> all = all();
		if (this.registry.size() != all.size() || !this.registry.all().equals(all)) {
			throw new IllegalStateException("%d permits are out and %d tasks in the list, of %d that were admitted"
				.formatted(this.registry.size(), this.registry.all().size(), all.size()));
		}
	}

	private Set<LoopTask<?>> all() {
		Set<LoopTask<?>> all = new HashSet<>();
		for (int i = 0; i < this.held.length; i++) {
			if (this.held[i]) {
				all.add(this.tasks.get(i));
			}
		}
		return all;
	}

}
