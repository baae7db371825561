package io.github.loopthread.concurrency;

import java.util.regex.Pattern;

import io.github.loopthread.GateModel;
import io.github.loopthread.LifecycleModel;
import io.github.loopthread.RegistryModel;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;

/**
 * The models, which Lincheck compares with the real thing: the gate and the registry in
 * every order of steps that it comes upon, a whole loop in those that happen.
 */
final class Models {

	// A whole loop takes as much longer to go through a scenario once
	private static final int WHOLE_LOOP_FACTOR = 50;

	private final Form form;

	private final Pattern selection;

	Models(Form form, String selection) {
		this.form = form;
		this.selection = Pattern.compile(selection);
	}

	/**
	 * Check the models, and print what was checked.
	 * @return whether each describes the real thing
	 */
	boolean run() {
		boolean gate = check(GateModel.class, GateModel.Sequential.class, new ModelCheckingOptions().threads(3),
				this.form.invocations());
		boolean registry = check(RegistryModel.class, RegistryModel.Sequential.class,
				new ModelCheckingOptions().threads(3), this.form.invocations());
		boolean lifecycle = check(LifecycleModel.class, LifecycleModel.Sequential.class, new StressOptions().threads(3),
				this.form.invocations() / WHOLE_LOOP_FACTOR);
		return gate && registry && lifecycle;
	}

	private boolean check(Class<?> model, Class<?> sequential, Options<?, ?> options, int invocations) {
		if (!this.selection.matcher(model.getName()).find()) {
			return true;
		}
		try {
			options.actorsBefore(1)
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
		System.out.println("%-25s %,15d scenarios, each gone through up to %,d times".formatted(model.getSimpleName(),
				this.form.scenarios(), invocations));
		return true;
	}

}
