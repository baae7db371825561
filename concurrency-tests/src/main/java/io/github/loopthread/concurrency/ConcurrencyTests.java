package io.github.loopthread.concurrency;

/**
 * The command: {@code java -jar concurrency-tests.jar [short|compilers|long] [regular
 * expression]}. The long form, which is the default, goes on until each race has its
 * samples, and explores more in each model; {@code compilers} has the JVM's compilers
 * race each other. The expression selects races and models by name, at least one of them:
 * what was not run has not passed. The report goes to standard output; the process ends
 * with 1 if anything is not as it should be.
 */
public final class ConcurrencyTests {

	private ConcurrencyTests() {
	}

	public static void main(String[] args) throws Exception {
		// Nobody reads what the loops log
		System.setProperty("slf4j.internal.verbosity", "ERROR");
		Form form = Form.of((args.length > 0) ? args[0] : "long");
		String selection = (args.length > 1) ? args[1] : ".*";
		Races races = new Races(form, selection);
		Models models = new Models(form, selection);
		if (races.isEmpty() && models.isEmpty()) {
			throw new IllegalArgumentException(
					"There is no race and no model whose name matches '%s'".formatted(selection));
		}
		boolean racesPassed = races.run();
		boolean modelsPassed = models.run();
		System.exit((racesPassed && modelsPassed) ? 0 : 1);
	}

}
