package io.github.loopthread.autoconfigure.context;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

import jakarta.servlet.http.HttpServletRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Request attributes of a real application on Tomcat, which uses its request objects
 * again: a task that outlives its request never sees those of another user.
 */
@Tag(NothingLeftExtension.OTHER_CLIENTS)
class RequestAttributesTests {

	private static final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final Map<String, CompletableFuture<String>> gates = new ConcurrentHashMap<>();

	private final TestServer upstream = TestServer.start((routes) -> routes.get("/gate/{id}",
			(request, response) -> response.sendString(Mono.fromFuture(gate(request.param("id"))))));

	@AfterEach
	void close() {
		this.upstream.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "submit", "cancel", "timeout" })
	void taskThatOutlivesItsRequestNeverSeesAnotherUsers(String way) throws Exception {
		try (ConfigurableApplicationContext context = run("--loop.context.request-attributes=true")) {
			Pages pages = context.getBean(Pages.class);
			pages.gates = this::gate;
			List<String> seen = new ArrayList<>();
			for (int i = 0; i < 50; i++) {
				assertThat(get(context, "/" + way + "?id=" + i, "ada")).isEqualTo("ada");
				seen.add(get(context, "/late?id=" + i, "bob"));
			}
			assertThat(seen).hasSize(50)
				.allSatisfy((late) -> assertThat(late).doesNotContain("bob").startsWith("loop-1: ada, "));
			assertThat(pages.connections).hasSizeLessThan(50);
		}
	}

	@Test
	void taskSeesThoseOfItsRequestOnEveryHop() throws Exception {
		try (ConfigurableApplicationContext context = run("--loop.context.request-attributes=true")) {
			this.gates.put("now", CompletableFuture.completedFuture("now"));
			assertThat(get(context, "/hops", "ada")).isEqualTo("ada, ada/ada, ada/ada, ada/ada");
		}
	}

	@Test
	void taskSeesNoneByDefault() throws Exception {
		try (ConfigurableApplicationContext context = run()) {
			this.gates.put("now", CompletableFuture.completedFuture("now"));
			assertThat(get(context, "/hops", "ada")).isEqualTo("ada, none/none, none/none, none/none");
		}
	}

	private CompletableFuture<String> gate(String id) {
		return this.gates.computeIfAbsent(id, (any) -> new CompletableFuture<>());
	}

	private ConfigurableApplicationContext run(String... arguments) {
		SpringApplication spring = new SpringApplication(Application.class);
		spring.setDefaultProperties(Map.of("server.port", "0", "spring.main.banner-mode", "off",
				"loop.web-client.base-url", this.upstream.url(""), "loop.shutdown.drain-timeout", "0s"));
		return spring.run(arguments);
	}

	private static String get(ConfigurableApplicationContext context, String path, String user) throws Exception {
		int port = ((WebServerApplicationContext) context).getWebServer().getPort();
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
			.timeout(Duration.ofSeconds(30))
			.header("user", user)
			.build();
		HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
		assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
		return response.body();
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Pages.class)
	static class Application {

	}

	@RestController
	static class Pages {

		private final LoopTemplate loop;

		private final WebClient client;

		private final Map<String, CompletableFuture<String>> late = new ConcurrentHashMap<>();

		private final Set<Integer> connections = ConcurrentHashMap.newKeySet();

		private volatile Function<String, CompletableFuture<String>> gates = (id) -> new CompletableFuture<>();

		Pages(LoopTemplate loop, WebClient client) {
			this.loop = loop;
			this.client = client;
		}

		@GetMapping("/submit")
		String submit(HttpServletRequest request, String id) {
			String user = login(request);
			this.late.put(id, this.loop.submit(call(id).map((body) -> lateLook())));
			return user;
		}

		@GetMapping("/cancel")
		String cancel(HttpServletRequest request, String id) {
			String user = login(request);
			CompletableFuture<?> started = new CompletableFuture<>();
			CompletableFuture<String> task = this.loop.submit(() -> {
				CompletableFuture<String> stage = uncancellable(id);
				started.complete(null);
				return stage.minimalCompletionStage();
			});
			started.orTimeout(20, TimeUnit.SECONDS).join();
			task.cancel(true);
			return user;
		}

		@GetMapping("/timeout")
		String timeout(HttpServletRequest request, String id) {
			String user = login(request);
			while (!this.late.containsKey(id)) {
				try {
					this.loop.withTimeout(Duration.ofMillis(30))
						.execute(() -> uncancellable(id).minimalCompletionStage());
				}
				catch (LoopTimeoutException ex) {
					// As it should be; once more if the task has not even started
				}
			}
			return user;
		}

		@GetMapping("/late")
		String late(HttpServletRequest request, String id) {
			login(request);
			this.gates.apply(id).complete("open");
			return this.late.get(id).orTimeout(20, TimeUnit.SECONDS).join();
		}

		@GetMapping("/hops")
		String hops(HttpServletRequest request) {
			String user = login(request);
			String supplier = this.loop.execute(() -> CompletableFuture.completedFuture(look()));
			String subscription = this.loop.execute(Mono.fromSupplier(Pages::look));
			String response = this.loop.execute(call("now").map((body) -> look()));
			return String.join(", ", user, supplier, subscription, response);
		}

		private String login(HttpServletRequest request) {
			this.connections.add(request.getRemotePort());
			String user = request.getHeader("user");
			request.setAttribute("user", user);
			return user;
		}

		private Mono<String> call(String id) {
			return this.client.get().uri("/gate/" + id).retrieve().bodyToMono(String.class);
		}

		private CompletableFuture<String> uncancellable(String id) {
			CompletableFuture<String> result = call(id).map((body) -> lateLook()).toFuture();
			this.late.put(id, result);
			return result;
		}

		private static String look() {
			RequestAttributes attributes = RequestContextHolder.getRequestAttributes();
			if (attributes == null) {
				return "none/none";
			}
			HttpServletRequest request = ((ServletRequestAttributes) attributes).getRequest();
			return attributes.getAttribute("user", RequestAttributes.SCOPE_REQUEST) + "/" + request.getHeader("user");
		}

		private static String lateLook() {
			RequestAttributes attributes = RequestContextHolder.currentRequestAttributes();
			HttpServletRequest request = ((ServletRequestAttributes) attributes).getRequest();
			return "%s: %s, %s, %s, %s".formatted(Thread.currentThread().getName(),
					attributes.getAttribute("user", RequestAttributes.SCOPE_REQUEST),
					valueOrException(() -> request.getHeader("user")),
					valueOrException(() -> (String) request.getAttribute("user")),
					valueOrException(() -> request.getRequestURI()));
		}

		private static String valueOrException(Supplier<String> value) {
			try {
				return value.get();
			}
			catch (RuntimeException ex) {
				return ex.getClass().getSimpleName();
			}
		}

	}

}
