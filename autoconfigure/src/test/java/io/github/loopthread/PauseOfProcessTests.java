package io.github.loopthread;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A process that stands still for longer than the watchdog's threshold, as a laptop that
 * sleeps or a debugger makes it, and whose loop is really blocked afterwards.
 */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class PauseOfProcessTests {

	@Test
	void pauseIsNotReportedAndRealStallAfterwardsIs() throws Exception {
		Process process = start();
		try (BufferedReader said = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
				OutputStream ask = process.getOutputStream()) {
			assertThat(answer(said)).isEqualTo("ready");
			for (Duration pause : new Duration[] { Duration.ofSeconds(2), Duration.ofMillis(700),
					Duration.ofMillis(900) }) {
				signal("STOP", process);
				await().until(() -> state(process).equals("T"));
				await().pollDelay(pause).atMost(Duration.ofSeconds(20)).until(() -> state(process).equals("T"));
				signal("CONT", process);
				ask.write('s');
				ask.flush();
				assertThat(answer(said)).isEqualTo("0 stalls");
			}
			ask.write('b');
			ask.flush();
			assertThat(answer(said)).isEqualTo("1 stalls");
		}
		finally {
			process.destroyForcibly();
			assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
		}
	}

	private static String answer(BufferedReader said) throws IOException {
		String line = said.readLine();
		while (line != null && !line.startsWith(PausedProgram.ANSWER)) {
			line = said.readLine();
		}
		assertThat(line).as("answer of the process").isNotNull();
		return line.substring(PausedProgram.ANSWER.length());
	}

	/**
	 * Return what the system says of a process: {@code T} if it has been stopped.
	 */
	private static String state(Process process) throws IOException {
		String stat = Files.readString(Path.of("/proc/%d/stat".formatted(process.pid())));
		return stat.substring(stat.lastIndexOf(')') + 2).substring(0, 1);
	}

	private static void signal(String signal, Process process) throws Exception {
		Process kill = new ProcessBuilder("/bin/sh", "-c", "kill -%s %d".formatted(signal, process.pid())).inheritIO()
			.start();
		assertThat(kill.waitFor(20, TimeUnit.SECONDS)).isTrue();
		assertThat(kill.exitValue()).isZero();
	}

	private static Process start() throws IOException {
		return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m", "-cp",
				System.getProperty("java.class.path"), PausedProgram.class.getName())
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
	}

}
