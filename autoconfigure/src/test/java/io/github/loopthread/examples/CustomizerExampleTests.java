package io.github.loopthread.examples;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ClientHttpConnectorBuilderCustomizer;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.TestServer;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.LoopSettingsCustomizer;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The customizers of docs/configuration.md.
 */
@Timeout(60)
class CustomizerExampleTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class,
				HttpClientAutoConfiguration.class, ReactiveHttpClientAutoConfiguration.class,
				WebClientAutoConfiguration.class));

	@Test
	void settingsAreCustomizedAfterProperties() {
		this.contextRunner.withUserConfiguration(Limit.class)
			.withPropertyValues("server.tomcat.threads.max=50", "loop.max-concurrent-tasks=7", "loop.name=shop")
			.run((context) -> {
				LoopSettings settings = context.getBean(LoopSettings.class);
				assertThat(settings.maxConcurrentTasks()).isEqualTo(250);
				assertThat(settings.name()).isEqualTo("shop");
			});
	}

	@Test
	void customizersOfSettingsApplyInTheirOrder() {
		this.contextRunner.withUserConfiguration(Names.class).run((context) -> {
			assertThat(context.getBean(LoopSettings.class).name()).isEqualTo("loop-a-b");
			assertThat(LoopThreads.alive("loop-a-b")).contains("loop-a-b-1");
		});
	}

	@Test
	void customizerThatReturnsNothingIsNamed() {
		this.contextRunner.withBean("careless", LoopSettingsCustomizer.class, () -> (settings) -> null)
			.run((context) -> assertThat(context).getFailure().hasMessageContaining("must not return null"));
	}

	@Test
	void connectionsOfSharedClientAreCustomizedInTheWayOfSpringBoot() {
		try (TestServer server = TestServer.start((routes) -> routes.get("/",
				(request, response) -> response.sendString(Mono.just(request.requestHeaders().get("User-Agent")))))) {
			this.contextRunner.withUserConfiguration(Connections.class).run((context) -> {
				Mono<String> caller = context.getBean(WebClient.class)
					.get()
					.uri(server.url("/"))
					.retrieve()
					.bodyToMono(String.class)
					.map((body) -> body + " on " + Thread.currentThread().getName());
				assertThat(context.getBean(LoopTemplate.class).execute(caller)).isEqualTo("shop on loop-1");
			});
			await().untilAsserted(() -> assertThat(server.openConnections()).isZero());
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Limit {

		@Bean
		LoopSettingsCustomizer fiveTasksForEachRequest(@Value("${server.tomcat.threads.max:200}") int threads) {
			return (settings) -> settings.withMaxConcurrentTasks(5 * threads);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Connections {

		@Bean
		ClientHttpConnectorBuilderCustomizer<ReactorClientHttpConnectorBuilder> sayWhoCalls() {
			return (connector) -> connector
				.withHttpClientCustomizer((client) -> client.headers((headers) -> headers.set("User-Agent", "shop")));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Names {

		@Bean
		@Order(2)
		LoopSettingsCustomizer second() {
			return (settings) -> settings.withName(settings.name() + "-b");
		}

		@Bean
		@Order(1)
		LoopSettingsCustomizer first() {
			return (settings) -> settings.withName(settings.name() + "-a");
		}

	}

}
