package io.github.loopthread;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;

import io.github.loopthread.TaskRegistry.Admission;

/**
 * The list and the limit of the registry: three callers, two permits. Whatever they bring
 * and end is as if one thing had been done after the other. A group of operations is what
 * one thread after the other does in the real loop: a task is released after it has been
 * admitted.
 */
public class RegistryModel {

	private static final int LIMIT = 2;

	private static final List<LoopTask<?>> TASKS = List.of(GateModel.task(), GateModel.task(), GateModel.task());

	private final TaskRegistry registry = RacedTask.registry(LIMIT);

	private final boolean[] held = new boolean[TASKS.size()];

	@Operation(nonParallelGroup = "first")
	public String admitFirst() {
		return admit(0);
	}

	@Operation(nonParallelGroup = "first")
	public void releaseFirst() {
		release(0);
	}

	@Operation(nonParallelGroup = "second")
	public String admitSecond() {
		return admit(1);
	}

	@Operation(nonParallelGroup = "second")
	public void releaseSecond() {
		release(1);
	}

	@Operation(nonParallelGroup = "third")
	public String admitThird() {
		return admit(2);
	}

	@Operation(nonParallelGroup = "third")
	public void releaseThird() {
		release(2);
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
		Set<LoopTask<?>> admitted = IntStream.range(0, this.held.length)
			.filter((i) -> this.held[i])
			.mapToObj(TASKS::get)
			.collect(Collectors.toSet());
		if (this.registry.size() != admitted.size() || !this.registry.all().equals(admitted)) {
			throw new IllegalStateException("%d permits are out and %d tasks in the list, of %d that were admitted"
				.formatted(this.registry.size(), this.registry.all().size(), admitted.size()));
		}
	}

	private String admit(int task) {
		if (this.held[task]) {
			return "ADMITTED BEFORE";
		}
		Admission admission = this.registry.admit(TASKS.get(task), null);
		this.held[task] = admission == Admission.ADMITTED;
		return admission.name();
	}

	private void release(int task) {
		if (this.held[task]) {
			this.held[task] = false;
			this.registry.release(TASKS.get(task));
		}
	}

	/**
	 * What the registry does when one thing is done after the other.
	 */
	public static class Sequential {

		private final boolean[] held = new boolean[TASKS.size()];

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
