package io.github.loopthread.compatibility;

import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.web.servlet.client.RestTestClient;

import io.github.loopthread.LoopTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Actuator on a port of its own, which is a child context that Spring Boot makes.
 */
class ManagementContextTests {

	@Test
	void childContextOfActuatorHasNothingOfOurs() {
		ApplicationContext[] child = new ApplicationContext[1];
		SpringApplication spring = new SpringApplication(Application.class);
		spring.addListeners((ApplicationListener<WebServerInitializedEvent>) (event) -> {
			if ("management".equals(event.getApplicationContext().getServerNamespace())) {
				child[0] = event.getApplicationContext();
			}
		});
		spring.setDefaultProperties(Map.of("server.port", "0", "management.server.port", "0", "spring.main.banner-mode",
				"off", "spring.reactor.netty.shutdown-quiet-period", "0s", "loop.name", "managed"));
		try (ConfigurableApplicationContext context = spring.run()) {
			assertThat(child[0].getParent()).isSameAs(context);
			assertThat(child[0].getBeanDefinitionNames()).noneMatch((name) -> name.startsWith("loop"));
			assertThat(child[0].getBean(LoopTemplate.class)).isSameAs(context.getBean(LoopTemplate.class));
			RestTestClient actuator = RestTestClient.bindToServer()
				.baseUrl("http://localhost:" + context.getEnvironment().getProperty("local.management.port"))
				.build();
			// A loop that pauses for long is not up
			await().untilAsserted(() -> actuator.get().uri("/actuator/health").exchange().expectStatus().isOk());
			assertThat(threads()).containsExactly("managed-1");
			assertThat(context.getBean(LoopTemplate.class).execute(Mono.just("value"))).isEqualTo("value");
		}
	}

	private static Stream<String> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map(Thread::getName)
			.filter((name) -> name.matches("managed-\\d+"));
	}

	@SpringBootConfiguration
	@EnableAutoConfiguration
	static class Application {

	}

}
