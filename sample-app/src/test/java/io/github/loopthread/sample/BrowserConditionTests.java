package io.github.loopthread.sample;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link BrowserCondition}.
 */
@ExtendWith(OutputCaptureExtension.class)
class BrowserConditionTests {

	@TempDir
	private Path path;

	@Test
	void testsAreSkippedWithoutBrowserAndSaySo(CapturedOutput output) {
		ConditionEvaluationResult result = evaluate(false);
		assertThat(result.isDisabled()).isTrue();
		assertThat(output).contains("SKIPPED: BrowserConditionTests",
				"Chromium and its driver cannot be found on the PATH", "Install chromium and chromium-driver");
	}

	@Test
	void testsFailWithoutBrowserWhereItIsRequired() {
		assertThatIllegalStateException().isThrownBy(() -> evaluate(true))
			.withMessageContaining("'browser.required' is set")
			.withMessageContaining("Install chromium and chromium-driver");
	}

	@Test
	void testsRunWhereThereAreBrowserAndDriver() throws IOException {
		add("chromium");
		assertThat(evaluate(false).getReason())
			.hasValueSatisfying((reason) -> assertThat(reason).contains("but its driver cannot be found"));
		add("chromedriver");
		assertThat(evaluate(true).isDisabled()).isFalse();
	}

	private ConditionEvaluationResult evaluate(boolean required) {
		return new BrowserCondition(this.path.toString(), required).evaluate(getClass());
	}

	private void add(String program) throws IOException {
		File file = Files.createFile(this.path.resolve(program)).toFile();
		assertThat(file.setExecutable(true)).isTrue();
	}

}
