package io.github.loopthread.autoconfigure;

import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.web.servlet.client.RestTestClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.NothingLeftExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An application whose beans are made when they are first needed. The loop is needed by
 * the context, which starts it.
 */
@Tag(NothingLeftExtension.OTHER_CLIENTS)
class LazyInitializationTests {

	@Test
	void loopStartsWithContextOpensResourcesAndEndsWithIt() {
		try (ConfigurableApplicationContext context = run(WebApplicationType.NONE)) {
			assertThat(LoopThreads.alive("loop")).contains("loop-1");
			assertThat(context.getBeanFactory().containsSingleton("lazy")).isTrue();
			assertThat(context.getBean(Pages.class).page()).isEqualTo("opened on loop-1");
		}
		LoopThreads.assertNone("loop");
	}

	@Test
	void everythingIsThereForRequests() {
		try (ConfigurableApplicationContext context = run(WebApplicationType.SERVLET)) {
			assertThat(context.getBeanFactory().containsSingleton("loopWebClient")).isFalse();
			RestTestClient client = RestTestClient.bindToServer()
				.baseUrl("http://localhost:" + ((WebServerApplicationContext) context).getWebServer().getPort())
				.build();
			client.get()
				.uri("/page")
				.exchange()
				.expectStatus()
				.isOk()
				.expectBody(String.class)
				.isEqualTo("opened on loop-1");
			client.get().uri("/timeout").exchange().expectStatus().isEqualTo(504);
			client.get().uri("/forgotten-scope").exchange().expectStatus().isOk();
			await().until(() -> context.getBean(LoopThread.class).openScopes() == 0);
		}
		LoopThreads.assertNone("loop");
	}

	private static ConfigurableApplicationContext run(WebApplicationType type) {
		SpringApplication spring = new SpringApplication(Lazy.class);
		spring.setWebApplicationType(type);
		spring.setLazyInitialization(true);
		spring.setDefaultProperties(Map.of("server.port", "0", "spring.main.banner-mode", "off"));
		return spring.run();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Lazy {

		@Bean
		LoopResource<String> lazy() {
			return LoopResource.of("lazy",
					(loop) -> Mono.fromSupplier(() -> "opened on " + Thread.currentThread().getName()),
					(value) -> Mono.empty());
		}

		@Bean
		Pages pages(LoopTemplate loop, @Qualifier("lazy") LoopResource<String> lazy) {
			return new Pages(loop, lazy);
		}

	}

	@RestController
	static class Pages {

		private final LoopTemplate loop;

		private final LoopResource<String> resource;

		Pages(LoopTemplate loop, LoopResource<String> resource) {
			this.loop = loop;
			this.resource = resource;
		}

		@GetMapping("/page")
		String page() {
			return this.loop.execute(Mono.fromSupplier(this.resource::get));
		}

		@GetMapping("/timeout")
		String timeout() {
			return this.loop.withTimeout(Duration.ofMillis(20)).execute(Mono.never());
		}

		@GetMapping("/forgotten-scope")
		void forgetToClose() {
			this.loop.scope();
		}

	}

}
