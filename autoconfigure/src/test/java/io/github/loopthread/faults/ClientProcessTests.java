package io.github.loopthread.faults;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import io.github.loopthread.NothingLeftExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What needs a process of its own: one with little memory for buffers, and with variables
 * in its environment.
 */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
// The process keeps its connection from one test to the next
@Tag(NothingLeftExtension.OTHER_CLIENTS)
class ClientProcessTests {

	private static final int LARGE = 8 << 20;

	@AutoClose
	private static final HostileServer server = HostileServer.start();

	@AutoClose
	private static final HostileServer proxy = HostileServer.start();

	private static Process process;

	private static BufferedReader answers;

	@BeforeAll
	static void startProcess() throws IOException {
		ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Xmx256m", "-XX:MaxDirectMemorySize=16m", "-XX:TieredStopAtLevel=1", "-cp",
				System.getProperty("java.class.path"), ClientProgram.class.getName())
			.redirectError(ProcessBuilder.Redirect.INHERIT);
		for (String variable : List.of("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy",
				"ALL_PROXY")) {
			builder.environment().put(variable, "http://127.0.0.1:" + proxy.port());
		}
		builder.environment().remove("JAVA_TOOL_OPTIONS");
		process = builder.start();
		answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
		assertThat(answer()).isEqualTo("ready");
	}

	@AfterAll
	static void stopProcess() throws Exception {
		process.destroyForcibly();
		assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
		answers.close();
	}

	@Test
	@DisplayName("P12 proxies in the environment")
	void environmentMakesNoProxy() throws IOException {
		server.answer((connection) -> connection.write(HostileServer.HELLO));
		assertThat(call(1)).isEqualTo("[5 bytes]");
		assertThat(proxy.acceptedConnections()).isZero();
	}

	@Test
	@DisplayName("F7 no direct memory")
	void callsFailWithoutMemoryForBuffersAndSucceedWhenItIsBack() throws IOException {
		server.answer((connection) -> {
			connection.write(HostileServer.OK + "Content-Length: " + LARGE + "\n\n");
			connection.write(new byte[LARGE]);
		});
		assertThat(call(1)).isEqualTo("[%d bytes]".formatted(LARGE));
		long before = sockets();
		String starved = call(16);
		System.out.println("F7 16 bodies of 8 MB at once with 16 MB of direct memory: " + starved);
		assertThat(starved).containsPattern("NO_RESPONSE|BROKEN_BODY").doesNotContain("TIMED_OUT", "OTHER");
		for (int i = 0; i < 3; i++) {
			assertThat(call(1)).isEqualTo("[%d bytes]".formatted(LARGE));
		}
		// None of the connections on which there was no memory is left; the others are
		// in the pool
		long served = starved.split(LARGE + " bytes", -1).length - 1;
		await().untilAsserted(() -> assertThat(sockets()).isLessThanOrEqualTo(before + served));
	}

	private static String call(int calls) throws IOException {
		OutputStream ask = process.getOutputStream();
		ask.write("%d %s%n".formatted(calls, server.url()).getBytes(StandardCharsets.UTF_8));
		ask.flush();
		return answer();
	}

	private static String answer() throws IOException {
		String line = answers.readLine();
		while (line != null && !line.startsWith(ClientProgram.ANSWER)) {
			line = answers.readLine();
		}
		assertThat(line).as("answer of the process").isNotNull();
		return line.substring(ClientProgram.ANSWER.length());
	}

	private static long sockets() throws IOException {
		try (Stream<Path> descriptors = Files.list(Path.of("/proc/%d/fd".formatted(process.pid())))) {
			return descriptors.filter(ClientProcessTests::isSocket).count();
		}
	}

	private static boolean isSocket(Path descriptor) {
		try {
			return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
		}
		catch (IOException ex) {
			// Closed since it was listed
			return false;
		}
	}

}
