package io.github.loopthread.autoconfigure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What {@code loop.enabled=false} leaves in a servlet application: nothing. The class
 * loading of a Java process of its own is the witness.
 */
@Timeout(180)
class DisabledTests {

	@Test
	void disabledLeavesNoBeanAndNoClassLoaded() throws Exception {
		Process enabled = start("--loop.enabled=true");
		Process disabled = start("--loop.enabled=false");
		try {
			List<String> control = output(enabled);
			assertThat(control).contains("bean loopThread", "bean loopTemplate", "bean loopWebClient");
			assertThat(classesOfOurs(control)).anyMatch((line) -> line.contains("io.github.loopthread.LoopThread "));
			List<String> output = output(disabled);
			assertThat(output).anyMatch((line) -> line.matches("port [1-9]\\d*"))
				.noneMatch((line) -> line.startsWith("bean "));
			assertThat(classesOfOurs(output)).isEmpty();
		}
		finally {
			enabled.destroyForcibly();
			disabled.destroyForcibly();
		}
	}

	private static List<String> classesOfOurs(List<String> output) {
		return output.stream()
			.filter((line) -> line.contains(" io.github.loopthread.") && line.contains("source:"))
			.filter((line) -> !line.contains("test-classes"))
			.toList();
	}

	private static Process start(String argument) throws IOException {
		return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Xlog:class+load", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
				ServletApplication.class.getName(), argument, "--server.port=0", "--spring.main.banner-mode=off")
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
	}

	private static List<String> output(Process process) throws Exception {
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
		assertThat(process.exitValue()).as(output).isZero();
		return output.lines().toList();
	}

}
