package io.github.loopthread.autoconfigure.endpoint;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopFreezer;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * The endpoint of an application on Tomcat whose threads all wait, on a port of its own:
 * which HTTP request waits for which task, since when, and for what.
 */
@Timeout(60)
@Tag(NothingLeftExtension.OTHER_CLIENTS)
class LiveListEndpointTests {

	// As many as Tomcat has threads, so that none is left
	private static final int REQUESTS = 200;

	private static final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private static ConfigurableApplicationContext application;

	private static LoopThread loop;

	private final AtomicInteger held = new AtomicInteger();

	private final TestServer upstream = TestServer.start((routes) -> routes.get("/parts/{id}", (request, response) -> {
		this.held.incrementAndGet();
		return Mono.never();
	}));

	@BeforeAll
	@Timeout(180)
	static void startApplication() {
		SpringApplication spring = new SpringApplication(Application.class);
		spring.setDefaultProperties(
				Map.of("server.port", "0", "management.server.port", "0", "management.endpoints.web.exposure.include",
						"loop", "spring.main.banner-mode", "off", "loop.shutdown.drain-timeout", "0s"));
		application = spring.run();
		loop = application.getBean(LoopThread.class);
		loop.stop();
	}

	@AfterAll
	static void stopApplication() {
		application.close();
	}

	@BeforeEach
	void start() {
		loop.start();
		application.getBean(Pages.class).upstream = this.upstream.url("");
	}

	@AfterEach
	void stop() {
		loop.stop();
		this.upstream.close();
	}

	@Test
	void saysWhichRequestWaitsForWhichTaskSinceWhenAndForWhatAlsoWhileLoopIsBlocked() throws Exception {
		List<CompletableFuture<?>> pages = IntStream.range(0, REQUESTS)
			.<CompletableFuture<?>>mapToObj(this::page)
			.toList();
		await().atMost(Duration.ofSeconds(30)).until(() -> this.held.get() == REQUESTS);
		await().untilAsserted(() -> assertEveryRequestIsShown(loop()));
		assertThat(loop().get("figures").get("waitingCallers").asInt()).isEqualTo(REQUESTS);
		try (LoopFreezer freezer = LoopFreezer.freeze(loop)) {
			CompletableFuture<Object> own = template().withName("own").withoutTimeout().submit(Mono.never());
			await().until(() -> loop().has("blockedIn"));
			JsonNode blocked = loop();
			assertThat(blocked.get("blockedIn").asString()).contains(LoopFreezer.class.getName());
			assertThat(blocked.get("figures").get("lagMillis").asLong()).isPositive();
			assertThat(names(blocked)).isEqualTo(names(sample()));
			assertThat(blocked.get("transport").asString()).isIn("nio", "epoll", "kqueue");
			JsonNode last = blocked.get("tasks").get(REQUESTS);
			assertThat(last.get("name").asString()).isEqualTo("own");
			assertThat(last.get("state").asString()).isEqualTo("QUEUED");
			assertThat(last.get("callerThread").asString()).isEqualTo(Thread.currentThread().getName());
			assertThat(last.get("callerWaits").asBoolean()).isFalse();
			assertThat(last.has("request")).isFalse();
			assertThat(last.has("timeLeftMillis")).isFalse();
			own.cancel(true);
			assertThat(loop().get("tasks").get(REQUESTS).get("state").asString()).isEqualTo("CANCELLING");
			assertEveryRequestIsShown(loop());
		}
		loop.stop();
		assertThat(pages).allSatisfy((page) -> assertThat(page).succeedsWithin(Duration.ofSeconds(20)));
	}

	@Test
	void answersAlsoWhenLoopHasStopped() throws Exception {
		loop.stop();
		JsonNode stopped = loop();
		assertThat(stopped.get("state").asString()).isEqualTo("STOPPED");
		assertThat(stopped.get("generation").asInt()).isEqualTo(loop.getGeneration());
		assertThat(stopped.get("tasks")).isEmpty();
	}

	@Test
	void canOnlyBeRead() throws Exception {
		for (String method : List.of("POST", "PUT", "PATCH", "DELETE")) {
			HttpRequest request = HttpRequest.newBuilder(management())
				.method(method, HttpRequest.BodyPublishers.noBody())
				.build();
			assertThat(http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode()).isEqualTo(405);
		}
		assertThat(loop.isRunning()).isTrue();
	}

	@Test
	void requestThatHasEndedIsNotShown() throws Exception {
		assertThat(page("/remembered").get().statusCode()).isEqualTo(200);
		RequestAttributes remembered = application.getBean(Pages.class).remembered;
		// The client has its response a little sooner
		await().untilAsserted(() -> assertThatIllegalStateException()
			.isThrownBy(() -> remembered.getAttribute("any", RequestAttributes.SCOPE_REQUEST)));
		RequestContextHolder.setRequestAttributes(remembered);
		try {
			template().submit(Mono.never());
		}
		finally {
			RequestContextHolder.resetRequestAttributes();
		}
		assertThat(loop().get("tasks")).singleElement().satisfies((task) -> assertThat(task.has("request")).isFalse());
	}

	private void assertEveryRequestIsShown(JsonNode described) {
		String text = described.toString();
		assertThat(text).doesNotContain("secret");
		Set<String> shown = new TreeSet<>();
		for (JsonNode task : described.get("tasks")) {
			if (task.get("name").asString().equals("page")) {
				String request = task.get("request").asString();
				assertThat(request).startsWith("GET /pages/");
				String id = request.substring("GET /pages/".length());
				shown.add(id);
				assertThat(task.get("state").asString()).isEqualTo("RUNNING");
				assertThat(task.get("callerThread").asString()).startsWith("http-nio-");
				assertThat(task.get("callerWaits").asBoolean()).isTrue();
				assertThat(task.get("ageMillis").asLong()).isBetween(0L, 60_000L);
				assertThat(task.get("timeLeftMillis").asLong()).isBetween(1L, 50_000L);
				assertThat(task.get("waitsFor")).hasSize(1);
				assertThat(task.get("waitsFor").get(0).asString()).startsWith(
						"GET %s (waiting for the response) since ".formatted(this.upstream.url("/parts/" + id)));
			}
		}
		assertThat(shown).hasSize(REQUESTS);
	}

	private static JsonNode sample() throws IOException {
		String document = Files.readString(Path.of("../docs/operations.md"));
		Matcher sample = Pattern.compile("## The endpoint\n.*?```json\n(.*?)```", Pattern.DOTALL).matcher(document);
		assertThat(sample.find()).isTrue();
		return JsonMapper.shared().readTree(sample.group(1));
	}

	private static Set<String> names(JsonNode node) {
		Set<String> names = new TreeSet<>(node.propertyNames());
		for (JsonNode child : node) {
			names.addAll(names(child));
		}
		return names;
	}

	private CompletableFuture<HttpResponse<Void>> page(int id) {
		return page("/pages/%d;session=secret?token=secret".formatted(id));
	}

	private CompletableFuture<HttpResponse<Void>> page(String path) {
		int port = ((WebServerApplicationContext) application).getWebServer().getPort();
		return http.sendAsync(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
				HttpResponse.BodyHandlers.discarding());
	}

	private static JsonNode loop() throws IOException, InterruptedException {
		HttpResponse<String> response = http.send(HttpRequest.newBuilder(management()).build(),
				HttpResponse.BodyHandlers.ofString());
		assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
		return JsonMapper.shared().readTree(response.body());
	}

	private static URI management() {
		String port = application.getEnvironment().getRequiredProperty("local.management.port");
		return URI.create("http://127.0.0.1:" + port + "/actuator/loop");
	}

	private static LoopTemplate template() {
		return application.getBean(LoopTemplate.class);
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = DataRedisAutoConfiguration.class)
	@Import(Pages.class)
	static class Application {

	}

	@RestController
	static class Pages {

		private final LoopTemplate loop;

		private final WebClient client;

		private volatile String upstream = "";

		private volatile RequestAttributes remembered;

		Pages(LoopTemplate loop, WebClient client) {
			this.loop = loop.withName("page").withTimeout(Duration.ofSeconds(50));
			this.client = client;
		}

		@GetMapping("/pages/{id}")
		String page(@PathVariable String id) {
			return this.loop.execute(this.client.get()
				.uri(this.upstream + "/parts/{id}?key=secret", id)
				.retrieve()
				.bodyToMono(String.class));
		}

		@GetMapping("/remembered")
		String remember() {
			this.remembered = RequestContextHolder.currentRequestAttributes();
			return "remembered";
		}

	}

}
