package io.github.loopthread.compatibility;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.reactor.netty.NettyWebServer;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.tomcat.autoconfigure.reactive.TomcatReactiveWebServerAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.test.web.servlet.client.RestTestClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A WebFlux server on Netty that has the starter on its classpath.
 */
@ExtendWith(OutputCaptureExtension.class)
class WebFluxServerTests {

	private static final String WARNING = "The loop is for applications that block, and this is a WebFlux server";

	@Test
	void isToldOnceThatTheLoopIsNotForIt(CapturedOutput output) {
		try (ConfigurableApplicationContext context = run("--spring.main.lazy-initialization=true")) {
			context.stop();
			context.start();
			assertThat(output.getOut().split(WARNING)).hasSize(2);
			assertThat(output).contains(" WARN ").contains("return the Mono").contains("loop.enabled=false");
		}
	}

	@Test
	void isToldNothingWithoutLoop(CapturedOutput output) {
		try (ConfigurableApplicationContext context = run("--loop.enabled=false")) {
			assertThat(context.getBeanProvider(LoopTemplate.class).getIfAvailable()).isNull();
			assertThat(output).doesNotContain(WARNING);
		}
	}

	@Test
	void serverClientsAndThreadsAreThoseItHasWithoutLoop() {
		Set<String> threadsWithout;
		try (ConfigurableApplicationContext context = run("--loop.enabled=false")) {
			assertServes(context);
			threadsWithout = threads();
		}
		try (ConfigurableApplicationContext context = run()) {
			assertServes(context);
			assertThat(threads()).containsAll(threadsWithout);
			assertThat(threads()).filteredOn((name) -> !threadsWithout.contains(name))
				.allMatch((name) -> name.startsWith("loop-1"));
		}
	}

	@Test
	void templateIsRefusedOnThreadsOfServerAndWorksOnThoseThatMayBlock() {
		try (ConfigurableApplicationContext context = run()) {
			assertThat(get(context, "/waits")).startsWith("LoopTemplate.execute must not wait on thread 'reactor-http-")
				.contains("Return the Mono instead");
			assertThat(get(context, "/waits-elsewhere")).isEqualTo("loop-1");
		}
	}

	private static void assertServes(ConfigurableApplicationContext context) {
		assertThat(((WebServerApplicationContext) context).getWebServer()).isInstanceOf(NettyWebServer.class);
		assertThat(context.getBeansOfType(ReactorResourceFactory.class)).containsOnlyKeys("reactorResourceFactory");
		assertThat(get(context, "/server")).startsWith("reactor-http-");
		assertThat(get(context, "/client?port=" + port(context))).startsWith("reactor-http-");
	}

	private static Set<String> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map(Thread::getName)
			.filter((name) -> name.startsWith("reactor-") || name.startsWith("loop-"))
			.collect(Collectors.toSet());
	}

	private static String get(ConfigurableApplicationContext context, String path) {
		return RestTestClient.bindToServer()
			.baseUrl("http://localhost:" + port(context))
			.build()
			.get()
			.uri(path)
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(String.class)
			.returnResult()
			.getResponseBody();
	}

	private static int port(ConfigurableApplicationContext context) {
		return ((WebServerApplicationContext) context).getWebServer().getPort();
	}

	private static ConfigurableApplicationContext run(String... arguments) {
		SpringApplication spring = new SpringApplication(Application.class);
		spring.setWebApplicationType(WebApplicationType.REACTIVE);
		spring.setDefaultProperties(Map.of("server.port", "0", "spring.main.banner-mode", "off",
				"spring.reactor.netty.shutdown-quiet-period", "0s"));
		return spring.run(arguments);
	}

	@SpringBootConfiguration
	@EnableAutoConfiguration(exclude = TomcatReactiveWebServerAutoConfiguration.class)
	@RestController
	static class Application {

		private final WebClient client;

		private final LoopTemplate loop;

		Application(WebClient.Builder builder, ObjectProvider<LoopTemplate> loop) {
			this.client = builder.build();
			this.loop = loop.getIfAvailable();
		}

		@GetMapping("/server")
		Mono<String> server() {
			return Mono.fromSupplier(Application::threadName);
		}

		@GetMapping("/client")
		Mono<String> client(@RequestParam int port) {
			return this.client.get()
				.uri("http://localhost:%d/server".formatted(port))
				.retrieve()
				.bodyToMono(String.class)
				.map((server) -> threadName());
		}

		@GetMapping("/waits")
		Mono<String> waits() {
			return Mono.fromSupplier(this::threadOfLoop).onErrorResume((ex) -> Mono.just(ex.getMessage()));
		}

		@GetMapping("/waits-elsewhere")
		Mono<String> waitsElsewhere() {
			return Mono.fromSupplier(this::threadOfLoop).subscribeOn(Schedulers.boundedElastic());
		}

		private String threadOfLoop() {
			return this.loop.execute(Mono.fromSupplier(Application::threadName));
		}

		private static String threadName() {
			return Thread.currentThread().getName();
		}

	}

}
