package io.github.loopthread;

import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * The list and the limit of the registry: three callers, two permits. Whatever they bring
 * and end is as if one thing had been done after the other. A group of operations is what
 * one thread after the other does in the real loop: a task is released after it has been
 * admitted.
 */
public class RegistryModel {

	private static final int LIMIT = 2;

	private final TaskRegistry registry = RacedTask.registry(LIMIT);

	private final HeldTasks tasks = new HeldTasks(this.registry, 3);

	@Operation(nonParallelGroup = "first")
	public String admitFirst() {
		return this.tasks.admit(0, null);
	}

	@Operation(nonParallelGroup = "first")
	public void releaseFirst() {
		this.tasks.release(0);
	}

	@Operation(nonParallelGroup = "second")
	public String admitSecond() {
		return this.tasks.admit(1, null);
	}

	@Operation(nonParallelGroup = "second")
	public void releaseSecond() {
		this.tasks.release(1);
	}

	@Operation(nonParallelGroup = "third")
	public String admitThird() {
		return this.tasks.admit(2, null);
	}

	@Operation(nonParallelGroup = "third")
	public void releaseThird() {
		this.tasks.release(2);
	}

	@Operation
	public int size() {
		return this.registry.size();
	}

	/**
	 * Assert what must be true when nothing happens any more.
	 */
	@Validate
	public void validate() {
		this.tasks.assertListed();
	}

	/**
	 * What the registry does when one thing is done after the other.
	 */
	public static class Sequential {

		private final boolean[] held = new boolean[3];

		private int size;

		public String admitFirst() {
			return admit(0);
		}

		public void releaseFirst() {
			release(0);
		}

		public String admitSecond() {
			return admit(1);
		}

		public void releaseSecond() {
			release(1);
		}

		public String admitThird() {
			return admit(2);
		}

		public void releaseThird() {
			release(2);
		}

		public int size() {
			return this.size;
		}

		private String admit(int task) {
			if (this.held[task]) {
				return "ADMITTED BEFORE";
			}
			if (this.size == LIMIT) {
				return "FULL";
			}
			this.held[task] = true;
			this.size++;
			return "ADMITTED";
		}

		private void release(int task) {
			if (this.held[task]) {
				this.held[task] = false;
				this.size--;
			}
		}

	}

}
