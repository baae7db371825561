package io.github.loopthread.starter.commandline;

import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application that has the starter and no web server: not even one on its classpath.
 */
@Timeout(180)
class CommandLineTests {

	private static final Pattern SERVER = Pattern.compile("webmvc|tomcat|servlet|surefire");

	@Test
	void runsTasksAndEndsByItselfWhenTheLastOneHasEnded(@TempDir Path directory) throws Exception {
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		server.createContext("/hello", (exchange) -> {
			byte[] hello = "hello".getBytes(StandardCharsets.US_ASCII);
			exchange.sendResponseHeaders(200, hello.length);
			exchange.getResponseBody().write(hello);
			exchange.close();
		});
		server.start();
		Path output = directory.resolve("output");
		Process process = start("http://127.0.0.1:%d".formatted(server.getAddress().getPort()), output.toFile());
		try {
			assertThat(process.waitFor(150, TimeUnit.SECONDS)).as("ended by itself").isTrue();
			assertThat(output).content()
				.containsSubsequence("AnnotationConfigApplicationContext\n", "hello\n", "main has ended\n",
						"and hello on loop-1");
			assertThat(process.exitValue()).isZero();
		}
		finally {
			process.destroyForcibly();
			server.stop(0);
		}
		assertThat(Files.readString(output)).doesNotContain(" WARN ").doesNotContain(" ERROR ");
	}

	private static Process start(String url, File output) throws Exception {
		String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> !SERVER.matcher(new File(entry).getName()).find())
			.collect(Collectors.joining(File.pathSeparator));
		return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "-cp", classPath,
				CommandLineApplication.class.getName(), "--spring.main.banner-mode=off",
				"--loop.web-client.base-url=" + url,
				// The first call loads many classes on the loop, for longer than it may
				// be silent
				"--loop.watchdog.threshold=10s")
			.redirectErrorStream(true)
			.redirectOutput(output)
			.start();
	}

}
