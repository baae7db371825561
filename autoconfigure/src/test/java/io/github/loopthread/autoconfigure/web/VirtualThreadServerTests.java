package io.github.loopthread.autoconfigure.web;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.NothingLeftExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Requests that wait on virtual threads in a real servlet container.
 */
@EnabledForJreRange(min = JRE.JAVA_21)
@Tag(NothingLeftExtension.OTHER_CLIENTS)
class VirtualThreadServerTests {

	// More than the platform threads that Tomcat would have
	private static final int REQUESTS = 300;

	@Test
	void manyRequestsWaitAtOnceAndEachGetsItsAnswer() {
		try (ConfigurableApplicationContext context = run()) {
			int port = ((WebServerApplicationContext) context).getWebServer().getPort();
			HttpClient client = HttpClient.newHttpClient();
			List<CompletableFuture<HttpResponse<String>>> answers = IntStream.range(0, REQUESTS)
				.mapToObj((i) -> URI.create("http://localhost:%d/pages/%d".formatted(port, i)))
				.map((uri) -> client.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()))
				.toList();
			LoopThread loopThread = context.getBean(LoopThread.class);
			await().atMost(Duration.ofSeconds(30)).until(() -> loopThread.activeTasks() == REQUESTS);
			context.getBean(Application.class).ready.tryEmitEmpty();
			for (int i = 0; i < REQUESTS; i++) {
				assertThat(answers.get(i)).succeedsWithin(Duration.ofSeconds(20))
					.extracting(HttpResponse::body)
					.isEqualTo("page %d from loop-1 for a virtual thread".formatted(i));
			}
			// The loop and what watches it are platform threads of ours
			await().untilAsserted(
					() -> assertThat(LoopThreads.alive("loop")).containsExactly("loop-1", "loop-1-watchdog"));
		}
	}

	private static ConfigurableApplicationContext run() {
		SpringApplication spring = new SpringApplication(Application.class);
		spring.setDefaultProperties(
				Map.of("server.port", "0", "spring.main.banner-mode", "off", "spring.threads.virtual.enabled", "true"));
		return spring.run();
	}

	@SpringBootConfiguration
	@EnableAutoConfiguration
	@RestController
	static class Application {

		private final Sinks.Empty<Void> ready = Sinks.empty();

		private final LoopTemplate loop;

		private final LoopThread loopThread;

		Application(LoopTemplate loop, LoopThread loopThread) {
			this.loop = loop;
			this.loopThread = loopThread;
		}

		@GetMapping("/pages/{id}")
		String page(@PathVariable int id) {
			Mono<String> page = Mono
				.fromSupplier(() -> "page %d from %s".formatted(id, Thread.currentThread().getName()));
			String text = this.loop.execute(this.ready.asMono().publishOn(this.loopThread.scheduler()).then(page));
			return text
					+ (Thread.currentThread().toString().startsWith("VirtualThread") ? " for a virtual thread" : "");
		}

	}

}
