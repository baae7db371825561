package io.github.loopthread.sample;

import java.util.List;
import java.util.stream.Stream;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Passes tests over where there is no browser, and says so; or fails them, where
 * {@code browser.required} is set.
 */
class BrowserCondition implements ExecutionCondition {

	private static final Log logger = LogFactory.getLog(BrowserCondition.class);

	private final String path;

	private final boolean required;

	BrowserCondition() {
		this(System.getenv("PATH"), Boolean.getBoolean("browser.required"));
	}

	BrowserCondition(String path, boolean required) {
		this.path = path;
		this.required = required;
	}

	@Override
	public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
		return evaluate(context.getRequiredTestClass());
	}

	ConditionEvaluationResult evaluate(Class<?> tests) {
		List<String> missing = Stream
			.of(Browser.program(this.path).map((program) -> "").orElse("Chromium"),
					Browser.driverProgram(this.path).map((driver) -> "").orElse("its driver"))
			.filter((program) -> !program.isEmpty())
			.toList();
		if (missing.isEmpty()) {
			return ConditionEvaluationResult.enabled("There is a browser");
		}
		String reason = "SKIPPED: %s tests the start page in a browser, but %s cannot be found on the PATH. Install chromium and chromium-driver"
			.formatted(tests.getSimpleName(), String.join(" and ", missing));
		if (this.required) {
			throw new IllegalStateException(reason.replace("SKIPPED: ", "'browser.required' is set: "));
		}
		logger.warn(reason);
		return ConditionEvaluationResult.disabled(reason);
	}

}
