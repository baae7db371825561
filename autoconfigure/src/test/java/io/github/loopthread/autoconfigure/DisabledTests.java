package io.github.loopthread.autoconfigure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.annotation.ImportCandidates;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What {@code loop.enabled=false} leaves in a servlet application: nothing. The class
 * loading of a Java process of its own is the witness.
 */
@Timeout(180)
class DisabledTests {

	@Test
	void disabledLeavesNoBeanAndNoClassLoaded() throws Exception {
		Process application = start("--loop.enabled=false");
		try {
			List<String> output = output(application);
			assertThat(output).anyMatch((line) -> line.matches("port [1-9]\\d*"));
			assertThat(output).contains(autoConfigurations());
			assertThat(output.stream().filter((line) -> line.startsWith("bean "))).isEmpty();
			assertThat(classesOfOurs(output)).isNotEmpty().allMatch((line) -> line.contains(".ServletApplication"));
		}
		finally {
			application.destroyForcibly();
		}
	}

	private static String[] autoConfigurations() {
		return ImportCandidates.load(AutoConfiguration.class, null)
			.getCandidates()
			.stream()
			.filter((name) -> name.startsWith("io.github.loopthread."))
			.map((name) -> "considered " + name)
			.toArray(String[]::new);
	}

	private static List<String> classesOfOurs(List<String> output) {
		return output.stream()
			.filter((line) -> line.contains(" io.github.loopthread.") && line.contains("source:"))
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
