package io.github.loopthread.autoconfigure.aot;

import java.lang.reflect.Constructor;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.annotation.Configurations;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.javapoet.ClassName;
import org.springframework.mock.env.MockEnvironment;

import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.TestRedis;
import io.github.loopthread.TestServer;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.LoopProperties;
import io.github.loopthread.autoconfigure.context.LoopContextAutoConfiguration;
import io.github.loopthread.autoconfigure.context.LoopContextProperties;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientProperties;
import io.github.loopthread.autoconfigure.redis.LoopRedisAutoConfiguration;
import io.github.loopthread.autoconfigure.redis.LoopRedisProperties;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Ahead-of-time processing of applications that use the auto-configurations.
 */
@Timeout(120)
@Tag("once")
@Tag(NothingLeftExtension.OTHER_CLIENTS)
class AheadOfTimeTests {

	private static final String EXPOSED = "--management.endpoints.web.exposure.include=health,loop,metrics";

	private static final Pattern STARTED = Pattern.compile("Tomcat started on port (\\d+)");

	private final HttpClient http = HttpClient.newHttpClient();

	@Test
	void processedApplicationRuns(@TempDir Path directory) throws Exception {
		AheadOfTime ahead = new AheadOfTime(AotApplication.class, directory);
		ahead.process("--loop.redis.enabled=true", EXPOSED);
		assertThat(ahead.metadata()).contains("io.lettuce.core.api.reactive.RedisReactiveCommands");
		try (TestRedis redis = TestRedis.launch();
				TestServer upstream = TestServer.start((routes) -> routes.get("/text",
						(request, response) -> response.sendString(Mono.just("text"))))) {
			Process application = ahead.start("--server.port=0", "--loop.web-client.base-url=" + upstream.url(""),
					"--spring.data.redis.port=" + redis.port(), EXPOSED,
					"--management.endpoint.health.show-components=always", "--loop.shutdown.close-timeout=8s");
			try {
				await().atMost(Duration.ofSeconds(60))
					.untilAsserted(() -> assertThat(ahead.log()).contains("Started AotApplication"));
				Matcher started = STARTED.matcher(ahead.log());
				assertThat(started.find()).isTrue();
				int port = Integer.parseInt(started.group(1));
				assertThat(ahead.log()).contains("Starting AOT-processed AotApplication");
				assertThat(get(port, "/web").body()).isEqualTo("text for ada on loop-1");
				assertThat(get(port, "/declared").body()).isEqualTo("text");
				assertThat(get(port, "/redis").body()).isEqualTo("value on loop-1");
				assertThat(get(port, "/late").statusCode()).isEqualTo(504);
				// A loop that pauses for long is not up
				await().untilAsserted(
						() -> assertThat(get(port, "/actuator/health/loop").body()).contains("\"status\":\"UP\""));
				assertThat(get(port, "/actuator/loop").body()).contains("\"name\":\"loop\"", "\"state\":\"RUNNING\"");
				assertThat(get(port, "/actuator/metrics/loop.tasks").body()).contains("\"timeout\"", "\"success\"");
				application.destroy();
				assertThat(application.waitFor(30, TimeUnit.SECONDS)).isTrue();
				assertThat(ahead.log()).doesNotContain("Exception in thread", "did not end");
			}
			finally {
				application.destroyForcibly();
			}
		}
	}

	@Test
	void propertiesMayBeBoundByTheirConstructors() {
		DefaultGenerationContext generation = new DefaultGenerationContext(
				new ClassNameGenerator(ClassName.get(AheadOfTimeTests.class)), new InMemoryGeneratedFiles());
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.setEnvironment(new MockEnvironment().withProperty("loop.redis.enabled", "true"));
			context.register(Configurations
				.getClasses(AutoConfigurations.of(LoopAutoConfiguration.class, LoopContextAutoConfiguration.class,
						LoopWebClientAutoConfiguration.class, LoopRedisAutoConfiguration.class)));
			new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
		}
		for (Class<?> properties : List.of(LoopProperties.class, LoopProperties.Shutdown.class,
				LoopProperties.Watchdog.class, LoopContextProperties.class, LoopWebClientProperties.class,
				LoopRedisProperties.class)) {
			Constructor<?> constructor = properties.getDeclaredConstructors()[0];
			assertThat(RuntimeHintsPredicates.reflection().onConstructorInvocation(constructor))
				.as(constructor.toString())
				.accepts(generation.getRuntimeHints());
		}
	}

	private HttpResponse<String> get(int port, String path) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:%d%s".formatted(port, path)))
			.timeout(Duration.ofSeconds(30))
			.build();
		return this.http.send(request, BodyHandlers.ofString());
	}

}
