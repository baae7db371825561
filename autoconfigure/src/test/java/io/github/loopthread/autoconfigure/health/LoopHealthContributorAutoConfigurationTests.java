package io.github.loopthread.autoconfigure.health;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

import io.github.loopthread.LoopFreezer;
import io.github.loopthread.LoopKiller;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopThread.State;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.health.LoopHealthIndicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopHealthContributorAutoConfiguration} in a real servlet container.
 * The application is the same for all of them, the loop is started for each.
 */
@Timeout(60)
@Tag(NothingLeftExtension.OTHER_CLIENTS)
class LoopHealthContributorAutoConfigurationTests {

	private static final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private static ConfigurableApplicationContext application;

	private static LoopThread loop;

	@BeforeAll
	@Timeout(180)
	static void startApplication() {
		SpringApplication spring = new SpringApplication(Application.class);
		spring.setDefaultProperties(Map.of("server.port", "0", "spring.main.banner-mode", "off", "loop.transport",
				"nio", "management.endpoint.health.show-details", "always"));
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
	}

	@AfterEach
	void stop() {
		loop.stop();
	}

	@Test
	@SuppressWarnings("unchecked")
	void loopThatAnswersIsUp() {
		// A loop that pauses for long is not up
		await().untilAsserted(() -> assertThat(health("", 200)).containsEntry("status", "UP")
			.extractingByKey("components")
			.asString()
			.contains("loop={"));
		await().untilAsserted(() -> {
			Map<String, Object> health = health("/loop", 200);
			assertThat(health).containsEntry("status", "UP");
			assertThat((Map<String, Object>) health.get("details")).containsOnlyKeys("state", "generation", "lagMillis")
				.containsEntry("state", "RUNNING")
				.containsEntry("generation", loop.getGeneration());
		});
	}

	@Test
	void loopIsNoPartOfLivenessNorOfReadiness() {
		loop.stop();
		assertThat(health("", 503)).containsEntry("status", "OUT_OF_SERVICE");
		assertThat(health("/liveness", 200)).containsEntry("status", "UP");
		assertThat(health("/readiness", 200)).containsEntry("status", "UP");
	}

	@Test
	void loopThatIsBlockedIsDownAndSaysWhere() {
		try (LoopFreezer freezer = LoopFreezer.freeze(loop)) {
			await().until(() -> loop.blockedIn() != null);
			assertThat(health("/loop", 503)).containsEntry("status", "DOWN")
				.extractingByKey("details")
				.asString()
				.contains("state=RUNNING", "blockedIn=", LoopFreezer.class.getName());
			assertThat(health("", 503)).containsEntry("status", "DOWN");
		}
		await().untilAsserted(() -> assertThat(health("/loop", 200)).containsEntry("status", "UP"));
	}

	@Test
	void loopThatDrainsIsOutOfServiceAndSoWhenItHasStopped() throws Exception {
		CompletableFuture<Object> task = application.getBean(LoopTemplate.class).submit(Mono.never());
		CountDownLatch stopped = new CountDownLatch(1);
		loop.stop(stopped::countDown);
		await().until(() -> loop.state() == State.DRAINING);
		assertThat(health("/loop", 503)).containsEntry("status", "OUT_OF_SERVICE").asString().contains("DRAINING");
		task.cancel(true);
		assertThat(stopped.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(health("/loop", 503)).containsEntry("status", "OUT_OF_SERVICE").asString().contains("STOPPED");
	}

	@Test
	void loopThatHasDiedIsDown() throws Exception {
		new LoopKiller().kill(loop, new NoClassDefFoundError("out of the I/O handler"));
		await().until(() -> loop.state() == State.FAILED);
		assertThat(health("/loop", 503)).containsEntry("status", "DOWN").asString().contains("FAILED");
	}

	@Test
	void isNotThereWhenDisabledOrWithoutSpringBootsHealth() {
		ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
				AutoConfigurations.of(LoopAutoConfiguration.class, LoopHealthContributorAutoConfiguration.class));
		runner.run((context) -> assertThat(context).hasSingleBean(LoopHealthIndicator.class));
		runner.withPropertyValues("management.health.loop.enabled=false")
			.run((context) -> assertThat(context).hasSingleBean(LoopThread.class)
				.doesNotHaveBean(LoopHealthIndicator.class));
		runner.withPropertyValues("loop.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(LoopHealthIndicator.class));
		runner.withClassLoader(new FilteredClassLoader(HealthIndicator.class))
			.run((context) -> assertThat(context).hasSingleBean(LoopThread.class)
				.doesNotHaveBean("loopHealthIndicator"));
	}

	@Test
	void indicatorOfApplicationWins() {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(LoopAutoConfiguration.class, LoopHealthContributorAutoConfiguration.class))
			.withBean("loopHealthIndicator", HealthIndicator.class, () -> () -> null)
			.run((context) -> assertThat(context).doesNotHaveBean(LoopHealthIndicator.class));
	}

	private static Map<String, Object> health(String path, int status) {
		int port = ((WebServerApplicationContext) application).getWebServer().getPort();
		URI uri = URI.create("http://127.0.0.1:%d/actuator/health%s".formatted(port, path));
		HttpResponse<String> response = http
			.sendAsync(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
			.join();
		assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
		return JsonMapper.shared().readValue(response.body(), new TypeReference<>() {
		});
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = DataRedisAutoConfiguration.class)
	static class Application {

	}

}
