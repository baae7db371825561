package io.github.loopthread;

import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;

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

	private final LoopScope scope = new LoopScope((ForkHost) LoopOperations.direct(), TaskOptions.UNNAMED);

	private final TaskRegistry registry = RacedTask.registry(10);

	private final HeldTasks tasks = new HeldTasks(this.registry, 3);

	private boolean open;

	private volatile boolean closed;

	@Operation(nonParallelGroup = "one")
	public String admitOne() {
		return this.tasks.admit(ONE, null);
	}

	@Operation(nonParallelGroup = "one")
	public void releaseOne() {
		this.tasks.release(ONE);
	}

	@Operation(nonParallelGroup = "other")
	public String admitOther() {
		return this.tasks.admit(OTHER, null);
	}

	@Operation(nonParallelGroup = "other")
	public void releaseOther() {
		this.tasks.release(OTHER);
	}

	@Operation(nonParallelGroup = "scope")
	public boolean addScope() {
		// One that is open is not opened again
		this.open = this.open || this.registry.add(this.scope);
		return this.open;
	}

	@Operation(nonParallelGroup = "scope")
	public void removeScope() {
		this.registry.remove(this.scope);
		this.open = false;
	}

	@Operation(nonParallelGroup = "scope")
	public String fork() {
		return this.open ? this.tasks.admit(FORK, this.scope) : "NO SCOPE";
	}

	@Operation(nonParallelGroup = "scope")
	public void releaseFork() {
		this.tasks.release(FORK);
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
		this.tasks.assertListed();
		boolean drained = this.closed && !this.open && this.tasks.isEmpty();
		if (this.registry.drained().isDone() != drained) {
			throw new IllegalStateException(drained ? "It is empty and not drained" : "It is drained and not empty");
		}
	}

	/**
	 * What the gate does when one thing is done after the other.
	 */
	public static class Sequential {

		private final boolean[] held = new boolean[3];

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
			this.open = this.open || this.gate == 0;
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
