package io.github.loopthread.autoconfigure.redis;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.TestRedis;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Controllers of a real application that ask Redis for 10,000 things at once.
 */
@Timeout(180)
@Tag(NothingLeftExtension.OTHER_CLIENTS)
class RedisControllerTests {

	private static final int COMMANDS = 10_000;

	private static TestRedis redis;

	private final HttpClient client = HttpClient.newHttpClient();

	@BeforeAll
	static void startRedis() {
		redis = TestRedis.launch();
	}

	@AfterAll
	static void stopRedis() {
		redis.close();
	}

	@Test
	void tenThousandCommandsByOneCall() throws Exception {
		try (ConfigurableApplicationContext application = start()) {
			assertThat(get(application, "/reactive")).isEqualTo("10000");
			assertThat(get(application, "/asynchronous")).isEqualTo("10000");
			assertThat(redis.calls("incr")).isEqualTo(2 * COMMANDS);
			assertThat(get(application, "/synchronous")).isEqualTo("20000");
		}
	}

	private String get(ConfigurableApplicationContext application, String path)
			throws IOException, InterruptedException {
		URI uri = URI.create(
				"http://localhost:%s%s".formatted(application.getEnvironment().getProperty("local.server.port"), path));
		HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(60)).build();
		return this.client.send(request, BodyHandlers.ofString()).body();
	}

	private static ConfigurableApplicationContext start() {
		return new SpringApplicationBuilder(Application.class).web(WebApplicationType.SERVLET)
			.properties("server.port=0", "loop.timeout=60s", "loop.redis.enabled=true",
					"spring.data.redis.port=" + redis.port())
			.run();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(CounterController.class)
	static class Application {

		// The client closes it
		@Bean(destroyMethod = "")
		StatefulRedisConnection<String, String> connection(LettuceConnectionFactory connectionFactory) {
			RedisClient client = (RedisClient) connectionFactory.getRequiredNativeClient();
			return client.connect();
		}

	}

	@RestController
	static class CounterController {

		private final LoopTemplate loop;

		private final ReactiveStringRedisTemplate reactive;

		private final StringRedisTemplate synchronous;

		private final RedisAsyncCommands<String, String> async;

		CounterController(LoopTemplate loop, ReactiveStringRedisTemplate reactive, StringRedisTemplate synchronous,
				StatefulRedisConnection<String, String> connection) {
			this.loop = loop;
			this.reactive = reactive;
			this.synchronous = synchronous;
			this.async = connection.async();
		}

		@GetMapping("/reactive")
		String reactive() {
			Mono<Long> counted = Flux.range(0, COMMANDS)
				.flatMap((i) -> this.reactive.opsForValue().increment("counter"))
				.count();
			return String.valueOf(this.loop.execute(counted));
		}

		@GetMapping("/asynchronous")
		String asynchronous() {
			return this.loop.execute(() -> {
				CompletableFuture<?>[] commands = IntStream.range(0, COMMANDS)
					.mapToObj((i) -> this.async.incr("counter"))
					.map(RedisFuture::toCompletableFuture)
					.toArray(CompletableFuture[]::new);
				return CompletableFuture.allOf(commands).thenApply((all) -> String.valueOf(commands.length));
			});
		}

		@GetMapping("/synchronous")
		String synchronous() {
			return this.synchronous.opsForValue().get("counter");
		}

	}

}
