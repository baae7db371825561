package io.github.loopthread.leaks;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import io.github.loopthread.BufferCensus;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * What calls, restarts and whole applications leave behind in a process, which is nothing
 * that grows with their number. The short form runs by default; the profile {@code proof}
 * makes a million calls and ten thousand restarts.
 */
@Timeout(value = 55, unit = TimeUnit.MINUTES)
@EnabledOnOs(OS.LINUX)
class LeakTests {

	private static final boolean LONG = Integer.getInteger("storm.factor", 1) > 1;

	private static final int CALLS = LONG ? 1_000_000 : 3_200;

	// In the short form what is left of a call, if anything, must be less than an object
	private static final double BYTES_PER_CALL = LONG ? 1 : 16;

	private static final int RESTARTS = LONG ? 10_000 : 60;

	// A life of a loop that is kept has ten thousand bytes
	private static final double BYTES_PER_RESTART = LONG ? 16 : 1000;

	private static final int LIVES = 50;

	// As much as Netty takes at once of the memory for its buffers
	private static final long CHUNK = 4 << 20;

	private static final int COUNTS = LONG ? 10 : 2;

	private final TestServer server = TestServer
		.start((routes) -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("hello")))
			.post("/echo", (request, response) -> response.send(request.receive().retain()))
			.get("/broken", (request, response) -> response.status(500).send())
			.get("/slow",
					(request, response) -> response.sendString(Mono.just("slow").delayElement(Duration.ofMillis(300))))
			.get("/never", (request, response) -> response.sendString(Mono.never()))
			.get("/half", (request, response) -> response.sendString(Flux.just("half").concatWith(Flux.never())))
			.get("/large", (request, response) -> response
				.send(Flux.range(0, 16).map((part) -> Unpooled.wrappedBuffer(new byte[8192])))));

	@AfterEach
	void stopServer() {
		this.server.close();
	}

	@Test
	@DisplayName("M1 M2 M3 M4 M5 CP8 D9: mixed calls leave nothing")
	void mixedCallsLeaveNothing() throws Exception {
		List<Census> points = countsOf(MixedCalls.class, CALLS, COUNTS, url());
		double slope = Census.slope(points.subList(1, points.size()), Figure.HEAP);
		Census.print("%,d mixed calls, heap grows by %.3f bytes per call".formatted(CALLS, slope), points);
		assertFlat(points, Figure.THREADS, Figure.DESCRIPTORS, Figure.ACQUIRED, Figure.PENDING, Figure.POOLED,
				Figure.PERMITS, Figure.OPEN, Figure.BUFFERS, Figure.THREAD_LOCALS, Figure.METERS);
		assertThat(points).last().satisfies((point) -> {
			assertThat(point.get(Figure.ACQUIRED)).isZero();
			assertThat(point.get(Figure.PENDING)).isZero();
			assertThat(point.get(Figure.OPEN)).isZero();
			assertThat(point.get(Figure.BUFFERS)).isZero();
			assertThat(point.get(Figure.POOLED)).isEqualTo(Subject.CONNECTIONS);
			assertThat(point.get(Figure.NETTY_DIRECT))
				.isLessThanOrEqualTo(points.get(0).get(Figure.NETTY_DIRECT) + CHUNK);
		});
		assertThat(slope).isLessThan(BYTES_PER_CALL);
	}

	@Test
	@DisplayName("L5 M5 M6: restarts leave nothing")
	void restartsLeaveNothing() throws Exception {
		List<Census> points = countsOf(Restarts.class, RESTARTS, COUNTS, url());
		double slope = Census.slope(points.subList(1, points.size()), Figure.HEAP);
		Census.print("%,d restarts, heap grows by %.3f bytes per restart".formatted(RESTARTS, slope), points);
		assertFlat(points, Figure.THREADS, Figure.DESCRIPTORS, Figure.BUFFERS, Figure.THREAD_LOCALS, Figure.METERS);
		assertThat(points).last().satisfies((point) -> assertThat(point.get(Figure.BUFFERS)).isZero());
		assertThat(slope).isLessThan(BYTES_PER_RESTART);
	}

	@Test
	@DisplayName("N1 N2 N4: applications in one JVM are collected when they have closed")
	void closedApplicationsAreCollected() throws Exception {
		// RestartTests of compatibility-tests asks for much of it in the short form
		assumeTrue(LONG, "takes long: mvn test -P proof -pl autoconfigure -Dtest=LeakTests");
		List<String> lines = run(ManyLives.class, LIVES, url());
		assertThat(lines).last()
			.isEqualTo(ManyLives.KEPT + "{class loaders=0, clients=0, contexts=0, loops=0, templates=0}");
	}

	private static void assertFlat(List<Census> points, Figure... figures) {
		assertThat(points).hasSize(COUNTS + 1);
		for (Figure figure : figures) {
			assertThat(points).extracting((point) -> point.get(figure))
				.as(figure.title())
				.containsOnly(points.get(0).get(figure));
		}
	}

	private String url() {
		// Not an address, so that its resolver takes part
		return "http://localhost:" + this.server.port();
	}

	private static List<Census> countsOf(Class<?> program, Object... args) throws Exception {
		return run(program, args).stream().filter((line) -> line.startsWith(Census.LINE)).map(Census::parse).toList();
	}

	/**
	 * Run a program in a process of its own.
	 * @return what it has said
	 */
	private static List<String> run(Class<?> program, Object... args) throws Exception {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-ea", "-Xmx512m",
						"-XX:+UseSerialGC", "-XX:SoftRefLRUPolicyMSPerMB=0", "-Dio.netty.leakDetection.level=paranoid",
						"-Dio.netty.customResourceLeakDetector=" + BufferCensus.class.getName()));
		if (!LONG) {
			command.add("-XX:TieredStopAtLevel=1");
		}
		command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
		Arrays.stream(args).map(String::valueOf).forEach(command::add);
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		List<String> lines = new ArrayList<>();
		try (BufferedReader said = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
			for (String line = said.readLine(); line != null; line = said.readLine()) {
				lines.add(line);
				if (!line.startsWith(Census.LINE)) {
					System.out.println(line);
				}
			}
			assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
			assertThat(process.exitValue()).isZero();
		}
		finally {
			process.destroyForcibly();
		}
		return lines;
	}

}
