package io.github.loopthread.compatibility.restart;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.github.loopthread.LoopThread;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Restarts by devtools, which loads an application's classes anew each time: what has
 * been before can be collected.
 */
@Timeout(600)
class RestartTests {

	// Ten, or fifty in the long form
	private static final int LIVES = 10 * Math.min(5, Integer.getInteger("storm.factor", 1));

	// An application that has the starter and no more. With these there are threads of
	// Reactor Netty's
	private static final Pattern REACTOR_NETTY = Pattern.compile("spring-boot-(reactor-netty|webflux)-");

	@TempDir
	private Path directory;

	@Test
	@DisplayName("N1: nothing keeps the classes that an application had before devtools restarted it")
	void nothingKeepsClassesThatAnApplicationHadBeforeItsRestart() throws Exception {
		List<String> lines = live();
		assertThat(lines).filteredOn((line) -> line.startsWith("life: "))
			.hasSize(LIVES + 2)
			.containsOnly("life: hello on loop-1 late n9 timeout");
		assertThat(lines).last().isEqualTo("kept: 0");
	}

	private List<String> live() throws Exception {
		String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> !REACTOR_NETTY.matcher(new File(entry).getName()).find())
			.collect(Collectors.joining(File.pathSeparator));
		Path output = this.directory.resolve("output");
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:SoftRefLRUPolicyMSPerMB=0", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
				"-Dspring.devtools.restart.enabled=false", "-cp", classPath, Lives.class.getName(),
				String.valueOf(LIVES + 1), locationOf(RestartedApplication.class), locationOf(LoopThread.class),
				"--server.port=0", "--spring.main.banner-mode=off", "--logging.level.root=warn")
			.redirectErrorStream(true)
			.redirectOutput(output.toFile())
			.start();
		try {
			assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
		}
		finally {
			process.destroyForcibly();
		}
		return Files.readAllLines(output);
	}

	private static String locationOf(Class<?> type) {
		return type.getProtectionDomain().getCodeSource().getLocation().toString();
	}

}
