package io.github.loopthread.concurrency;

import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.loopthread.GateModel;
import io.github.loopthread.LifecycleModel;
import io.github.loopthread.RegistryModel;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;

/**
 * The models, which Lincheck compares with the real thing in the orders of steps that
 * happen. In the long form, gate and registry also in those that Lincheck makes happen.
 */
final class Models {

	// One for each group of operations. With no more of them than there are processors,
	// Lincheck has each spin for milliseconds before every step. Where the machine does
	// something else as well, that keeps the processor from the one that is waited for
	private static final int THREADS = 3;

	// A whole loop takes as much longer to go through a scenario once
	private static final int WHOLE_LOOP_FACTOR = 500;

	// An order that is made to happen takes as much longer than one that happens
	private static final int MADE_ORDER_FACTOR = 200;

	private final Form form;

	private final Pattern selection;

	Models(Form form, String selection) {
		this.form = form;
		this.selection = Pattern.compile(selection);
	}

	/**
	 * Return whether there is nothing to check.
	 */
	boolean isEmpty() {
		return Stream.of(GateModel.class, RegistryModel.class, LifecycleModel.class).noneMatch(this::isSelected);
	}

	/**
	 * Check the models, and print what was checked.
	 * @return whether each describes the real thing
	 */
	boolean run() {
		return checkSteps(GateModel.class, GateModel.Sequential.class)
				&& checkSteps(RegistryModel.class, RegistryModel.Sequential.class)
				&& check(LifecycleModel.class, LifecycleModel.Sequential.class, new StressOptions(), WHOLE_LOOP_FACTOR);
	}

	private boolean checkSteps(Class<?> model, Class<?> sequential) {
		return check(model, sequential, new StressOptions(), 1)
				&& (!this.form.madeOrders() || check(model, sequential, new ModelCheckingOptions(), MADE_ORDER_FACTOR));
	}

	private boolean check(Class<?> model, Class<?> sequential, Options<?, ?> options, int factor) {
		if (!isSelected(model)) {
			return true;
		}
		int invocations = Math.max(1, this.form.invocations() / factor);
		try {
			options.threads(THREADS)
				.actorsBefore(1)
				.actorsPerThread(3)
				.actorsAfter(1)
				.iterations(this.form.scenarios())
				.invocationsPerIteration(invocations)
				.sequentialSpecification(sequential)
				.check(model);
		}
		catch (AssertionError ex) {
			System.out.println("%s differs:".formatted(model.getSimpleName()));
			System.out.println(ex.getMessage());
			return false;
		}
		System.out.println("%-25s %,15d scenarios, each gone through up to %,d times, %s".formatted(
				model.getSimpleName(), this.form.scenarios(), invocations,
				(options instanceof StressOptions) ? "as it happens" : "in orders made to happen"));
		return true;
	}

	private boolean isSelected(Class<?> model) {
		return this.selection.matcher(model.getName()).find();
	}

}
