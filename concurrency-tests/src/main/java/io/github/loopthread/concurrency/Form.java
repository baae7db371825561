package io.github.loopthread.concurrency;

/**
 * How much is tried.
 *
 * @param samples how many samples each race must have
 * @param compilers whether each side of a race is run by each of the JVM's compilers,
 * instead of both by whichever the JVM takes
 * @param raceMillis how long a race runs before the next one does
 * @param madeOrders whether models are also checked in orders that are made to happen
 * @param scenarios how many scenarios are made up for each model
 * @param invocations how often each of them is gone through
 */
record Form(long samples, boolean compilers, int raceMillis, boolean madeOrders, int scenarios, int invocations) {

	private static final Form SHORT = new Form(1, false, 400, false, 10, 200);

	private static final Form COMPILERS = new Form(1, true, 1_000, false, 10, 200);

	private static final Form LONG = new Form(100_000_000, false, 30_000, true, 100, 10_000);

	static Form of(String name) {
		return switch (name) {
			case "short" -> SHORT;
			case "compilers" -> COMPILERS;
			case "long" -> LONG;
			default -> throw new IllegalArgumentException(
					"There is no form '%s'. There are: short, compilers, long".formatted(name));
		};
	}

}
