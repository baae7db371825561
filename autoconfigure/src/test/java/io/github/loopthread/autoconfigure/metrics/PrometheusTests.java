package io.github.loopthread.autoconfigure.metrics;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopFreezer;
import io.github.loopthread.LoopInterruptedException;
import io.github.loopthread.LoopLease;
import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopOverloadedException;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * What Prometheus gets of a running application on Tomcat.
 */
@Timeout(180)
@Tag("once")
@Tag(NothingLeftExtension.OTHER_CLIENTS)
class PrometheusTests {

	private static final Pattern SAMPLE = Pattern.compile("^(loop_\\w+\\{.*}) (\\S+)$", Pattern.MULTILINE);

	private static final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final TestServer upstream = TestServer
		.start((routes) -> routes.get("/now", (request, response) -> response.sendString(Mono.just("now")))
			.get("/never", (request, response) -> response.sendString(Mono.never())));

	private final ConfigurableApplicationContext context = run();

	private final LoopThread loopThread = this.context.getBean(LoopThread.class);

	private final LoopTemplate loop = this.context.getBean(LoopTemplate.class).withName("page");

	private final WebClient client = this.context.getBean(WebClient.class);

	@AfterEach
	void close() {
		this.context.close();
		this.upstream.close();
	}

	@Test
	void everyEndingOfTaskIsScrapedAndGoesOnAfterRestart() {
		endInEveryWay();
		Map<String, Double> first = scrape();
		for (String outcome : new String[] { "success", "error", "timeout", "interrupted", "cancelled", "rejected",
				"stopped" }) {
			assertThat(first).as(outcome)
				.containsEntry(
						"loop_tasks_seconds_count{loop=\"loop\",outcome=\"%s\",task=\"page\"}".formatted(outcome),
						outcome.equals("rejected") ? 2.0 : 1.0);
		}
		assertThat(first.get("loop_tasks_seconds_sum{loop=\"loop\",outcome=\"timeout\",task=\"page\"}")).isBetween(0.5,
				30.0);
		// All but the rejected ones
		assertThat(first).containsEntry("loop_tasks_queued_seconds_count{loop=\"loop\",task=\"page\"}", 6.0);
		this.loopThread.stop();
		this.loopThread.start();
		this.loop.execute(Mono.just("again"));
		Map<String, Double> second = scrape();
		assertThat(second).containsOnlyKeys(first.keySet())
			.containsEntry("loop_tasks_seconds_count{loop=\"loop\",outcome=\"success\",task=\"page\"}", 2.0)
			.containsEntry("loop_tasks_seconds_count{loop=\"loop\",outcome=\"error\",task=\"page\"}", 1.0)
			.containsEntry("loop_results_dropped_total{loop=\"loop\"}",
					first.get("loop_results_dropped_total{loop=\"loop\"}"));
	}

	@Test
	void stateOfLoopIsScraped() throws Exception {
		LoopTemplate loop = this.loop.withName("state");
		double stalls = scrape().get("loop_stalls_total{loop=\"loop\"}");
		try (LoopScope scope = loop.scope();
				LoopLease<String> lease = loop.open(Mono.just("object"), (object) -> Mono.empty())) {
			scope.fork(Mono.never());
			assertThat(scrape()).containsEntry("loop_tasks_active{loop=\"loop\"}", 1.0)
				.containsEntry("loop_scopes_open{loop=\"loop\"}", 1.0)
				.containsEntry("loop_leases_open{loop=\"loop\"}", 1.0)
				.containsEntry("loop_callers_waiting{loop=\"loop\"}", 0.0);
		}
		Thread caller = new Thread(() -> assertThatExceptionOfType(LoopInterruptedException.class)
			.isThrownBy(() -> loop.execute(Mono.never())));
		caller.start();
		await().untilAsserted(() -> assertThat(scrape()).containsEntry("loop_callers_waiting{loop=\"loop\"}", 1.0));
		caller.interrupt();
		caller.join();
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			CompletableFuture<Object> late = loop.submit(Mono.just("late"));
			await().untilAsserted(() -> assertThat(scrape())
				.hasEntrySatisfying("loop_stalls_total{loop=\"loop\"}",
						(count) -> assertThat(count).isGreaterThan(stalls))
				.hasEntrySatisfying("loop_pending{loop=\"loop\"}", (pending) -> assertThat(pending).isPositive()));
			late.cancel(false);
		}
		await().untilAsserted(() -> assertThat(scrape())
			.hasEntrySatisfying("loop_lag_seconds_count{loop=\"loop\"}", (count) -> assertThat(count).isPositive())
			.hasEntrySatisfying("loop_lag_seconds_max{loop=\"loop\"}", (max) -> assertThat(max).isBetween(0.2, 60.0))
			.hasEntrySatisfying("loop_busy{loop=\"loop\"}", (busy) -> assertThat(busy).isBetween(0.0, 1.0)));
	}

	@Test
	void connectionsAreScrapedAndZeroWhileLoopIsStopped() {
		LoopTemplate loop = this.loop.withName("connections");
		assertConnections(0, 0, 0);
		assertThat(loop.execute(get("/now"))).isEqualTo("now");
		await().untilAsserted(() -> assertConnections(0, 1, 0));
		CompletableFuture<String> first = loop.submit(get("/never"));
		await().untilAsserted(() -> assertConnections(1, 0, 0));
		CompletableFuture<String> second = loop.submit(get("/now"));
		await().untilAsserted(() -> assertConnections(1, 0, 1));
		this.loopThread.stop();
		assertConnections(0, 0, 0);
		await().untilAsserted(() -> assertThat(first).isCompletedExceptionally());
		await().untilAsserted(() -> assertThat(second).isCompletedExceptionally());
		this.loopThread.start();
		assertConnections(0, 0, 0);
		assertThat(loop.execute(get("/now"))).isEqualTo("now");
		await().untilAsserted(() -> assertConnections(0, 1, 0));
	}

	@Test
	void everyMeterIsDocumentedWithTypeAndTags() throws Exception {
		assertThatIllegalArgumentException().isThrownBy(
				() -> this.loop.withName("documented").execute(Mono.error(new IllegalArgumentException("broken"))));
		Map<String, String> documented = new TreeMap<>();
		Pattern.compile("^\\| `(loop\\.[a-z.]+)` \\| ([a-z ]+) \\| (.*?) *\\|", Pattern.MULTILINE)
			.matcher(Files.readString(Path.of("../docs/operations.md")))
			.results()
			.forEach((row) -> documented.put(row.group(1), row.group(2)
					+ describe(Pattern.compile("`(.*?)`").matcher(row.group(3)).results().map((tag) -> tag.group(1)))));
		Map<String, String> actual = new TreeMap<>();
		this.context.getBean(MeterRegistry.class)
			.getMeters()
			.stream()
			.map(Meter::getId)
			.filter((id) -> id.getName().startsWith("loop."))
			.forEach((id) -> actual.put(id.getName(), id.getType().name().toLowerCase(Locale.ROOT).replace('_', ' ')
					+ describe(id.getTags().stream().map(io.micrometer.core.instrument.Tag::getKey))));
		assertThat(documented).isEqualTo(actual);
	}

	private static String describe(Stream<String> tags) {
		return tags.filter((tag) -> !tag.equals("loop")).sorted().toList().toString();
	}

	private static ConfigurableApplicationContext run() {
		SpringApplication spring = new SpringApplication(Application.class);
		spring.setDefaultProperties(Map.of("server.port", "0", "spring.main.banner-mode", "off",
				"management.endpoints.web.exposure.include", "prometheus", "loop.max-concurrent-tasks", "2",
				"loop.shutdown.drain-timeout", "0s", "loop.watchdog.threshold", "200ms",
				"loop.web-client.max-connections", "1"));
		return spring.run();
	}

	private void endInEveryWay() {
		this.loop.execute(Mono.just("value"));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.loop.execute(Mono.error(new IllegalArgumentException("broken"))));
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.loop.withTimeout(Duration.ofSeconds(1)).execute(Mono.never()));
		Thread caller = Thread.currentThread();
		assertThatExceptionOfType(LoopInterruptedException.class)
			.isThrownBy(() -> this.loop.execute(Mono.never().doOnSubscribe((started) -> caller.interrupt())));
		assertThat(Thread.interrupted()).isTrue();
		CompletableFuture<Object> cancelled = submitAndAwaitStart();
		cancelled.cancel(false);
		await().until(() -> this.loopThread.activeTasks() == 0);
		CompletableFuture<Object> stopped = submitAndAwaitStart();
		CompletableFuture<Object> other = this.loop.withName("other").submit(Mono.never());
		assertThatExceptionOfType(LoopOverloadedException.class)
			.isThrownBy(() -> this.loop.execute(Mono.just("one too many")));
		this.loopThread.stop();
		await().untilAsserted(() -> assertThat(stopped).isCompletedExceptionally());
		await().untilAsserted(() -> assertThat(other).isCompletedExceptionally());
		assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> this.loop.execute(Mono.just("too late")));
		this.loopThread.start();
	}

	private CompletableFuture<Object> submitAndAwaitStart() {
		CountDownLatch started = new CountDownLatch(1);
		CompletableFuture<Object> future = this.loop
			.submit(Mono.never().doOnSubscribe((subscription) -> started.countDown()));
		try {
			assertThat(started.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		return future;
	}

	private Mono<String> get(String path) {
		return this.client.get().uri(this.upstream.url(path)).retrieve().bodyToMono(String.class);
	}

	private void assertConnections(int active, int idle, int pending) {
		assertThat(scrape()).containsEntry("loop_http_connections{loop=\"loop\",state=\"active\"}", (double) active)
			.containsEntry("loop_http_connections{loop=\"loop\",state=\"idle\"}", (double) idle)
			.containsEntry("loop_http_connections{loop=\"loop\",state=\"pending\"}", (double) pending);
	}

	/**
	 * Return the samples of the loop's meters, each of which is there once.
	 */
	private Map<String, Double> scrape() {
		int port = ((WebServerApplicationContext) this.context).getWebServer().getPort();
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/actuator/prometheus"))
			.timeout(Duration.ofSeconds(20))
			.build();
		Map<String, Double> samples = new TreeMap<>();
		try {
			HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
			assertThat(response.statusCode()).isEqualTo(200);
			SAMPLE.matcher(response.body())
				.results()
				.forEach(
						(sample) -> assertThat(samples.put(sample.group(1), Double.valueOf(sample.group(2)))).isNull());
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
		return samples;
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
