package io.github.loopthread.autoconfigure.web;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import jakarta.servlet.http.HttpServletRequest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.NothingLeftExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Controllers that call the application they belong to, which needs a second thread of
 * its server for each request.
 */
@Timeout(60)
@Tag(NothingLeftExtension.OTHER_CLIENTS)
class SelfCallTests {

	private static final int THREADS = 20;

	private static final HttpClient browsers = HttpClient.newHttpClient();

	private static ConfigurableApplicationContext application;

	@BeforeAll
	@Timeout(180)
	static void startApplication() {
		application = SpringApplication.run(Application.class, "--server.port=0", "--spring.main.banner-mode=off",
				"--server.tomcat.threads.max=" + THREADS, "--loop.shutdown.drain-timeout=0s");
		application.getBean(LoopThread.class).stop();
	}

	@AfterAll
	static void stopApplication() {
		application.close();
	}

	@BeforeEach
	void start() {
		application.getBean(LoopThread.class).start();
	}

	@AfterEach
	void stop() {
		application.getBean(LoopThread.class).stop();
	}

	@Test
	@DisplayName("K4 an application that calls itself")
	void callsItselfWhileItsServerHasThreadsAndEndsInTimeWhenItHasNone() {
		for (int round = 0; round < 10; round++) {
			assertThat(get("/outer", THREADS / 2 - 2)).containsOnly(200);
		}
		Application pages = application.getBean(Application.class);
		pages.all = THREADS;
		// The first that gives up leaves its thread to what another one waits for
		assertThat(get("/outer-when-all-are-there", THREADS)).contains(504).isSubsetOf(504, 200);
		assertThat(pages.waiting).hasValue(THREADS);
		await().until(() -> application.getBean(LoopThread.class).activeTasks() == 0);
		assertThat(get("/outer", 1)).containsOnly(200);
	}

	@Test
	@DisplayName("P11 bodies of errors")
	void bodyOfErrorSaysNothingOfServersWithin() {
		for (String path : List.of("/late", "/refused")) {
			assertThat(responses(path, 1)).singleElement().satisfies((response) -> {
				assertThat(response.statusCode()).isBetween(500, 504);
				assertThat(response.body()).isNotBlank()
					.doesNotContain("localhost")
					.doesNotContain("127.0.0.1")
					.doesNotContain("s3cr3t");
			});
		}
	}

	/**
	 * Send requests at the same time.
	 * @return the statuses of their responses
	 */
	private List<Integer> get(String path, int times) {
		return responses(path, times).stream().map(HttpResponse::statusCode).toList();
	}

	private List<HttpResponse<String>> responses(String path, int times) {
		int port = ((WebServerApplicationContext) application).getWebServer().getPort();
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
		List<CompletableFuture<HttpResponse<String>>> responses = Stream
			.generate(() -> browsers.sendAsync(request, BodyHandlers.ofString()))
			.limit(times)
			.toList();
		return responses.stream().map((response) -> response.orTimeout(30, TimeUnit.SECONDS).join()).toList();
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = DataRedisAutoConfiguration.class)
	@RestController
	static class Application {

		private final LoopTemplate loop;

		private final WebClient client;

		private final AtomicInteger waiting = new AtomicInteger();

		private volatile int all;

		Application(LoopTemplate loop, WebClient client) {
			this.loop = loop.withTimeout(Duration.ofSeconds(20));
			this.client = client;
		}

		@GetMapping("/outer")
		String outer(HttpServletRequest request) {
			return inner(this.loop, request.getLocalPort());
		}

		@GetMapping("/outer-when-all-are-there")
		String outerWhenAllAreThere(HttpServletRequest request) {
			this.waiting.incrementAndGet();
			await().until(() -> this.waiting.get() >= this.all);
			return inner(this.loop.withTimeout(Duration.ofMillis(500)), request.getLocalPort());
		}

		@GetMapping("/late")
		String late(HttpServletRequest request) {
			return this.loop.withTimeout(Duration.ofMillis(200))
				.execute(this.client.get()
					.uri("http://localhost:{port}/never?token=s3cr3t", request.getLocalPort())
					.retrieve()
					.bodyToMono(String.class));
		}

		@GetMapping("/refused")
		String refused() {
			return this.loop
				.execute(this.client.get().uri("http://localhost:1/?token=s3cr3t").retrieve().bodyToMono(String.class));
		}

		@GetMapping("/never")
		String never() {
			return Mono.delay(Duration.ofSeconds(1)).thenReturn("too late").block();
		}

		@GetMapping("/inner")
		String inner() {
			return "inner";
		}

		private String inner(LoopTemplate loop, int port) {
			return loop.execute(
					this.client.get().uri("http://127.0.0.1:{port}/inner", port).retrieve().bodyToMono(String.class));
		}

	}

}
