import java.io.PrintWriter;
import java.lang.reflect.Method;
import java.util.List;
import java.util.stream.Stream;

import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.discovery.MethodSelector;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Runs tests, each given as {@code package.Class#method}, for {@code Mutants.java}. Exits
 * with 0 when all of them have passed, with 3 when one has failed.
 */
public final class TestRun {

	private TestRun() {
	}

	public static void main(String[] tests) throws Exception {
		List<MethodSelector> selectors = Stream.of(tests).map(TestRun::select).toList();
		SummaryGeneratingListener listener = new SummaryGeneratingListener();
		LauncherFactory.create()
			.execute(LauncherDiscoveryRequestBuilder.request().selectors(selectors).build(), listener);
		TestExecutionSummary summary = listener.getSummary();
		summary.printFailuresTo(new PrintWriter(System.out, true));
		if (summary.getTestsStartedCount() < tests.length) {
			throw new IllegalStateException("Not every test was there to be run");
		}
		// Whatever threads may be left
		System.exit((summary.getTotalFailureCount() > 0) ? 3 : 0);
	}

	private static MethodSelector select(String test) {
		String[] names = test.split("#");
		try {
			Class<?> type = Class.forName(names[0]);
			Method method = Stream.of(type.getDeclaredMethods())
				.filter((candidate) -> candidate.getName().equals(names[1]))
				.findFirst()
				.orElseThrow(() -> new IllegalArgumentException("There is no " + test));
			return DiscoverySelectors.selectMethod(type, method);
		}
		catch (ClassNotFoundException ex) {
			throw new IllegalArgumentException(ex);
		}
	}

}
