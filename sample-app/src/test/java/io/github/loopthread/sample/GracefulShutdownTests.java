package io.github.loopthread.sample;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The sample in a process of its own, which is told to end while as many requests wait
 * for an upstream as Tomcat has threads.
 */
@Timeout(120)
@DisabledOnOs(OS.WINDOWS)
class GracefulShutdownTests {

	private static final int REQUESTS = 200;

	private static final Pattern OPEN = Pattern.compile("The shop is open.*?localhost:(\\d+)/products/7",
			Pattern.DOTALL);

	@Test
	void everyRequestInFlightIsAnsweredBeforeTheProcessEnds(@TempDir Path directory) throws Exception {
		AtomicInteger arrived = new AtomicInteger();
		Sinks.One<String> answer = Sinks.one();
		LoopResources threads = LoopResources.create("slow-upstream", 1, true);
		DisposableServer upstream = HttpServer.create()
			.runOn(threads)
			.host("localhost")
			.port(0)
			.route((routes) -> routes.get("/quotes/{id}", (request, response) -> {
				arrived.incrementAndGet();
				return response.header("Content-Type", "application/json").sendString(answer.asMono());
			}))
			.bindNow();
		Path log = directory.resolve("shop.log");
		Process shop = start(log, "--server.port=0", "--sample.upstream-port=0",
				"--loop.web-client.base-url=http://localhost:" + upstream.port(),
				"--spring.http.clients.read-timeout=60s", "--loop.shutdown.close-timeout=8s");
		try {
			int port = awaitPort(log);
			HttpClient client = HttpClient.newHttpClient();
			List<CompletableFuture<HttpResponse<String>>> answers = IntStream.range(0, REQUESTS)
				.mapToObj((i) -> client.sendAsync(
						HttpRequest.newBuilder(URI.create("http://localhost:%d/quotes/%d".formatted(port, i))).build(),
						BodyHandlers.ofString()))
				.toList();
			await().atMost(Duration.ofSeconds(30)).until(() -> arrived.get() == REQUESTS);
			shop.destroy();
			await().atMost(Duration.ofSeconds(30))
				.until(() -> Files.readString(log).contains("Commencing graceful shutdown"));
			answer.tryEmitValue("{\"id\": \"7\", \"text\": \"not lost\"}");
			assertThat(answers).allSatisfy(
					(response) -> assertThat(response).succeedsWithin(Duration.ofSeconds(30)).satisfies((received) -> {
						assertThat(received.statusCode()).isEqualTo(200);
						assertThat(received.body()).contains("not lost");
					}));
			assertThat(shop.waitFor(30, TimeUnit.SECONDS)).isTrue();
			// 128 + SIGTERM: it ended as it was told to
			assertThat(shop.exitValue()).isEqualTo(143);
			assertThat(Files.readString(log)).doesNotContain("ERROR").doesNotContain("did not end");
		}
		finally {
			shop.destroyForcibly();
			upstream.disposeNow();
			threads.disposeLater(Duration.ofMillis(1), Duration.ofSeconds(5)).block();
		}
	}

	private static int awaitPort(Path log) {
		Matcher open = await().atMost(Duration.ofSeconds(60))
			.until(() -> OPEN.matcher(Files.readString(log)), Matcher::find);
		return Integer.parseInt(open.group(1));
	}

	private static Process start(Path log, String... arguments) throws Exception {
		ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
				ShopApplication.class.getName());
		builder.command().addAll(List.of(arguments));
		Files.createFile(log);
		return builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
	}

}
