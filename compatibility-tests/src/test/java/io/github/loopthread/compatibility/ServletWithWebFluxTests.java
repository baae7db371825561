package io.github.loopthread.compatibility;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ClientHttpConnectorBuilderCustomizer;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A servlet application that has {@code spring-boot-starter-webflux}, and with it
 * {@code spring-boot-reactor-netty}, as many have for the sake of {@code WebClient}.
 */
class ServletWithWebFluxTests {

	private static final String NO_QUIET_PERIOD = "--spring.reactor.netty.shutdown-quiet-period=0s";

	@Test
	void staysServletApplicationWhoseSharedClientIsOnTheLoop() {
		try (ConfigurableApplicationContext context = run(NO_QUIET_PERIOD)) {
			assertThat(context).isInstanceOf(ServletWebServerApplicationContext.class);
			assertThat(context.getBeansOfType(ReactorResourceFactory.class)).hasSize(1);
			assertThat(execute(context, hello(context))).isEqualTo("hello on loop-1");
			assertThat(context.getBean(Application.class).connecting).containsExactly("loop-1");
			// As documented: started for a client that nobody uses
			assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
				.anyMatch((name) -> name.startsWith("reactor-http-"));
		}
	}

	@Test
	void sharedClientServesTasksThatDrainWhenReactorNettysThreadsHaveEndedAndWorksAfterRestart() {
		try (ConfigurableApplicationContext context = run(NO_QUIET_PERIOD)) {
			LoopThread loopThread = context.getBean(LoopThread.class);
			Sinks.Empty<Void> draining = Sinks.empty();
			// Needs a name that has not been resolved before
			CompletableFuture<String> task = context.getBean(LoopTemplate.class)
				.submit(draining.asMono().then(refused(context)));
			CompletableFuture<Void> stop = CompletableFuture.runAsync(context::stop);
			await().until(() -> loopThread.state() == LoopThread.State.DRAINING);
			draining.tryEmitEmpty();
			assertThat(task).succeedsWithin(Duration.ofSeconds(20)).asString().contains("Connection refused");
			assertThat(stop).succeedsWithin(Duration.ofSeconds(20));
			context.start();
			assertThat(execute(context, hello(context))).isEqualTo("hello on loop-2");
		}
	}

	@Test
	void oneLineTakesBackTheTwoSecondsThatClosingTakes() {
		assertThat(closingMillis()).isBetween(2000L, 20_000L);
		// Nothing but the clock says so. A busy machine may pause in one of the closings,
		// but not in each
		assertThat(IntStream.range(0, 3).anyMatch((i) -> closingMillis(NO_QUIET_PERIOD) < 2000)).isTrue();
	}

	private static long closingMillis(String... arguments) {
		ConfigurableApplicationContext context = run(arguments);
		execute(context, hello(context));
		long start = System.nanoTime();
		context.close();
		return Duration.ofNanos(System.nanoTime() - start).toMillis();
	}

	private static String execute(ConfigurableApplicationContext context, Mono<String> task) {
		return context.getBean(LoopTemplate.class).execute(task);
	}

	private static Mono<String> hello(ConfigurableApplicationContext context) {
		int port = ((WebServerApplicationContext) context).getWebServer().getPort();
		return context.getBean(WebClient.class)
			.get()
			.uri("http://localhost:%d/hello".formatted(port))
			.retrieve()
			.bodyToMono(String.class)
			.map((hello) -> hello + " on " + Thread.currentThread().getName());
	}

	private static Mono<String> refused(ConfigurableApplicationContext context) {
		return context.getBean(WebClient.class)
			.get()
			.uri("http://localhost:1")
			.retrieve()
			.bodyToMono(String.class)
			.onErrorResume((ex) -> Mono.just(ex.toString()));
	}

	private static ConfigurableApplicationContext run(String... arguments) {
		SpringApplication spring = new SpringApplication(Application.class);
		spring.setDefaultProperties(Map.of("server.port", "0", "spring.main.banner-mode", "off"));
		return spring.run(arguments);
	}

	@SpringBootConfiguration
	@EnableAutoConfiguration
	@RestController
	static class Application {

		private final Set<String> connecting = ConcurrentHashMap.newKeySet();

		@GetMapping("/hello")
		String hello() {
			return "hello";
		}

		@Bean
		ClientHttpConnectorBuilderCustomizer<ReactorClientHttpConnectorBuilder> watching() {
			return (builder) -> builder.withHttpClientCustomizer(
					(client) -> client.doOnConnect((config) -> this.connecting.add(Thread.currentThread().getName())));
		}

	}

}
