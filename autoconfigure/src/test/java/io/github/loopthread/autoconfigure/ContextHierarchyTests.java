package io.github.loopthread.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import jakarta.servlet.http.HttpServletRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.test.web.servlet.client.RestTestClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.HandOverListener;
import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.TestServer;
import io.github.loopthread.http.LoopClientHttpConnector;
import io.github.loopthread.observation.LoopTaskObservationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * A parent context and its children, all of them auto-configured: one loop, which is the
 * parent's.
 */
@Tag(NothingLeftExtension.OTHER_CLIENTS)
@Tag("once")
class ContextHierarchyTests {

	private TestServer upstream;

	private ConfigurableApplicationContext parent;

	@BeforeEach
	void startParent() {
		this.upstream = TestServer
			.start((routes) -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("hello"))));
		this.parent = new SpringApplicationBuilder(Parent.class).web(WebApplicationType.NONE)
			.properties("spring.main.banner-mode=off", "loop.redis.enabled=true",
					"loop.web-client.base-url=" + this.upstream.url(""))
			.run();
	}

	@AfterEach
	void closeParent() {
		this.parent.close();
		this.upstream.close();
	}

	@Test
	void childHasNothingOfItsOwnButWhatItsServerNeeds() {
		try (ConfigurableApplicationContext child = startChild()) {
			assertThat(beansOfOurs(child)).containsExactlyInAnyOrder("loopFlightRecorderPostProcessor",
					"loopForgottenScopesListener", "loopStatusExceptionResolver", "loopRedisClientResourcesCustomizer",
					"loopRedisConnectionFactoryPostProcessor", "loopRedisCheck", "loopSecurityValuesOfCaller",
					"loopSecurityContextAccessor");
			assertThat(child.getBean(LoopThread.class)).isSameAs(this.parent.getBean(LoopThread.class));
			assertThat(this.parent.getBean(HandOverListener.class)).isNotNull();
			assertThat(aliveLoops()).containsExactly("loop-1");
		}
	}

	@Test
	void controllersOfChildrenShareLoopAndClientOfParent() {
		try (ConfigurableApplicationContext first = startChild();
				ConfigurableApplicationContext second = startChild()) {
			for (ConfigurableApplicationContext child : List.of(first, second, first)) {
				assertThat(get(child, "/hello", 200)).isEqualTo("hello on loop-1");
				assertThat(get(child, "/hello-by-resource", 200)).isEqualTo("hello on loop-1");
				get(child, "/timeout", 504);
			}
			assertThat(this.upstream.acceptedConnections()).isEqualTo(1);
			assertThat(aliveLoops()).containsExactly("loop-1");
		}
	}

	@Test
	void closingChildKeepsLoopAndClosingParentEndsIt() {
		try (ConfigurableApplicationContext first = startChild()) {
			startChild().close();
			assertThat(this.parent.getBean(LoopThread.class).isRunning()).isTrue();
			assertThat(get(first, "/hello", 200)).isEqualTo("hello on loop-1");
		}
		LoopTemplate template = this.parent.getBean(LoopTemplate.class);
		assertThat(template.execute(Mono.just("value"))).isEqualTo("value");
		this.parent.close();
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(() -> template.execute(Mono.just("never")));
		LoopThreads.assertNone("loop");
	}

	@Test
	void taskIsObservedOnceHoweverManyChildrenThereAreAndWere() {
		AtomicInteger observed = this.parent.getBean(Parent.class).observed;
		LoopTemplate template = this.parent.getBean(LoopTemplate.class);
		try (ConfigurableApplicationContext first = startChild();
				ConfigurableApplicationContext second = startChild()) {
			assertThat(first.getBean(LoopTemplate.class)).isSameAs(second.getBean(LoopTemplate.class));
			template.execute(Mono.just("value"));
			assertThat(observed).hasValue(1);
		}
		template.execute(Mono.just("value"));
		assertThat(observed).hasValue(2);
	}

	@Test
	void liveListShowsRequestsOfChild() {
		try (ConfigurableApplicationContext child = startChild("--management.endpoints.web.exposure.include=loop")) {
			assertThat(get(child, "/list", 200)).contains("\"request\":\"GET /list\"");
		}
	}

	@Test
	void resourceOfChildSaysThatNobodyOpensIt() {
		try (ConfigurableApplicationContext child = new SpringApplicationBuilder(Plain.class).parent(this.parent)
			.initializers((context) -> ((GenericApplicationContext) context).registerBean("own", LoopResource.class,
					() -> LoopResource.of("own", (loop) -> Mono.just("value"), (value) -> Mono.empty())))
			.web(WebApplicationType.NONE)
			.run()) {
			LoopResource<?> own = child.getBean("own", LoopResource.class);
			assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(own::get)
				.withMessageContaining("it has not been given to a LoopThread");
		}
	}

	@Test
	void childMayHaveLoopOfItsOwnWhereParentHasNone() {
		this.parent.close();
		try (ConfigurableApplicationContext plain = new SpringApplicationBuilder(Plain.class)
			.web(WebApplicationType.NONE)
			.run();
				ConfigurableApplicationContext child = child(plain)
					.run("--loop.web-client.base-url=" + this.upstream.url(""))) {
			assertThat(plain.getBeanNamesForType(LoopThread.class)).isEmpty();
			assertThat(get(child, "/hello", 200)).isEqualTo("hello on loop-1");
		}
		LoopThreads.assertNone("loop");
	}

	private static List<String> beansOfOurs(ConfigurableApplicationContext context) {
		return Stream.of(context.getBeanDefinitionNames()).filter((name) -> {
			Class<?> type = Objects.requireNonNull(context.getType(name));
			return type.getName().startsWith(LoopThread.class.getPackageName()) && type != Child.class
					&& !AnnotatedElementUtils.hasAnnotation(type, Configuration.class) && !type.isRecord();
		}).toList();
	}

	private static List<String> aliveLoops() {
		await().until(() -> LoopThreads.alive("loop").stream().noneMatch((name) -> name.endsWith("-start")));
		return LoopThreads.alive("loop").stream().filter((name) -> name.matches("loop-\\d+")).toList();
	}

	private ConfigurableApplicationContext startChild(String... arguments) {
		return child(this.parent).properties("loop.redis.enabled=true").run(arguments);
	}

	private static SpringApplicationBuilder child(ConfigurableApplicationContext parent) {
		return new SpringApplicationBuilder(Child.class).parent(parent)
			.web(WebApplicationType.SERVLET)
			.properties("server.port=0", "spring.main.banner-mode=off");
	}

	private static String get(ConfigurableApplicationContext context, String path, int status) {
		int port = ((WebServerApplicationContext) context).getWebServer().getPort();
		return RestTestClient.bindToServer()
			.baseUrl("http://localhost:" + port)
			.build()
			.get()
			.uri(path)
			.exchange()
			.expectStatus()
			.isEqualTo(status)
			.expectBody(String.class)
			.returnResult()
			.getResponseBody();
	}

	@Configuration(proxyBeanMethods = false)
	static class Plain {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Parent {

		private final AtomicInteger observed = new AtomicInteger();

		@Bean
		ObservationHandler<LoopTaskObservationContext> counter() {
			return new ObservationHandler<>() {

				@Override
				public void onStart(LoopTaskObservationContext context) {
					Parent.this.observed.incrementAndGet();
				}

				@Override
				public boolean supportsContext(Observation.Context context) {
					return context instanceof LoopTaskObservationContext;
				}

			};
		}

	}

	@EnableAutoConfiguration
	@RestController
	static class Child {

		private final LoopTemplate loop;

		private final WebClient client;

		private final LoopResource<? extends ClientHttpConnector> resource;

		Child(LoopTemplate loop, WebClient client,
				@Qualifier("loopHttpResource") LoopResource<? extends ClientHttpConnector> resource) {
			this.loop = loop;
			this.client = client;
			this.resource = resource;
		}

		@GetMapping("/hello")
		String hello() {
			return hello(this.client);
		}

		@GetMapping("/hello-by-resource")
		String helloByResource() {
			return hello(this.client.mutate().clientConnector(new LoopClientHttpConnector(this.resource)).build());
		}

		@GetMapping("/list")
		String list(HttpServletRequest request) {
			return this.loop.execute(this.client.get()
				.uri("http://localhost:{port}/actuator/loop", request.getLocalPort())
				.retrieve()
				.bodyToMono(String.class));
		}

		@GetMapping("/timeout")
		String timeout() {
			return this.loop.withTimeout(Duration.ofMillis(20)).execute(Mono.never());
		}

		private String hello(WebClient webClient) {
			return this.loop.execute(webClient.get()
				.uri("/hello")
				.retrieve()
				.bodyToMono(String.class)
				.map((hello) -> hello + " on " + Thread.currentThread().getName()));
		}

	}

}
