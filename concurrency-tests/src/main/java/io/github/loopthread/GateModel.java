package io.github.loopthread;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import io.github.loopthread.TaskOrigin.Holder;
import io.github.loopthread.TaskRegistry.Admission;

/**
 * The gate of the registry: whatever callers bring and end as it is closed, in two steps,
 * is as if one thing had been done after the other.
 * <p>
 * A group of operations is what one thread after the other does in the real loop: a task
 * is released after it has been admitted, and a scope forks while it is open. The limit
 * is out of reach: a task that is refused at the second look counts for that moment, so
 * that another may find no place.
 */
public class GateModel {

	private static final int ONE = 0;

	private static final int OTHER = 1;

	private static final int FORK = 2;

	private static final List<LoopTask<?>> TASKS = List.of(task(), task(), task());

	private static final LoopScope SCOPE = new LoopScope((ForkHost) LoopOperations.direct(), TaskOptions.UNNAMED);

	private final TaskRegistry registry = RacedTask.registry(10);

	private final boolean[] held = new boolean[TASKS.size()];

	private boolean open;

	private volatile boolean closed;

	@Operation(nonParallelGroup = "one")
	public String admitOne() {
		return admit(ONE, null);
	}

	@Operation(nonParallelGroup = "one")
	public void releaseOne() {
		release(ONE);
	}

	@Operation(nonParallelGroup = "other")
	public String admitOther() {
		return admit(OTHER, null);
	}

	@Operation(nonParallelGroup = "other")
	public void releaseOther() {
		release(OTHER);
	}

	@Operation(nonParallelGroup = "scope")
	public boolean addScope() {
		this.open = this.registry.add(SCOPE) || this.open;
		return this.open;
	}

	@Operation(nonParallelGroup = "scope")
	public void removeScope() {
		this.registry.remove(SCOPE);
		this.open = false;
	}

	@Operation(nonParallelGroup = "scope")
	public String fork() {
		return this.open ? admit(FORK, SCOPE) : "NO SCOPE";
	}

	@Operation(nonParallelGroup = "scope")
	public void releaseFork() {
		release(FORK);
	}

	@Operation
	public void close() {
		this.registry.close();
		this.closed = true;
	}

	@Operation
	public void closeToForks() {
		this.registry.closeToForks();
		this.closed = true;
	}

	/**
	 * Assert what must be true when nothing happens any more.
	 */
	@Validate
	public void validate() {
		List<LoopTask<?>> admitted = IntStream.range(0, this.held.length)
			.filter((i) -> this.held[i])
			.<LoopTask<?>>mapToObj(TASKS::get)
			.toList();
		boolean drained = this.closed && !this.open && admitted.isEmpty();
		if (this.registry.size() != admitted.size() || !this.registry.all().equals(Set.copyOf(admitted))
				|| this.registry.drained().isDone() != drained) {
			throw new IllegalStateException("%d permits are out, %d tasks in the list, drained: %s; admitted: %s"
				.formatted(this.registry.size(), this.registry.all().size(), this.registry.drained().isDone(),
						Arrays.toString(this.held)));
		}
	}

	private String admit(int task, @Nullable LoopScope scope) {
		if (this.held[task]) {
			return "ADMITTED BEFORE";
		}
		Admission admission = this.registry.admit(TASKS.get(task), scope);
		this.held[task] = admission == Admission.ADMITTED;
		return admission.name();
	}

	private void release(int task) {
		if (this.held[task]) {
			this.held[task] = false;
			this.registry.release(TASKS.get(task));
		}
	}

	static LoopTask<?> task() {
		return new LoopTask<>(Mono.never(),
				new TaskOrigin("raced", Deadline.after(null), Holder.WAITING_CALLER, TaskListeners.NONE, null, null),
				TaskHome.unlisted(Runnable::run), null);
	}

	/**
	 * What the gate does when one thing is done after the other.
	 */
	public static class Sequential {

		private final boolean[] held = new boolean[TASKS.size()];

		private boolean open;

		// 0: for all, 1: for forks, 2: for nobody
		private int gate;

		public String admitOne() {
			return admit(ONE, this.gate == 0);
		}

		public void releaseOne() {
			this.held[ONE] = false;
		}

		public String admitOther() {
			return admit(OTHER, this.gate == 0);
		}

		public void releaseOther() {
			this.held[OTHER] = false;
		}

		public boolean addScope() {
			this.open = this.gate == 0;
			return this.open;
		}

		public void removeScope() {
			this.open = false;
		}

		public String fork() {
			return this.open ? admit(FORK, this.gate <= 1) : "NO SCOPE";
		}

		public void releaseFork() {
			this.held[FORK] = false;
		}

		public void close() {
			this.gate = Math.max(this.gate, 1);
		}

		public void closeToForks() {
			this.gate = 2;
		}

		private String admit(int task, boolean allowed) {
			if (this.held[task]) {
				return "ADMITTED BEFORE";
			}
			this.held[task] = allowed;
			return allowed ? "ADMITTED" : "CLOSED";
		}

	}

}
