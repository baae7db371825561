package io.github.loopthread.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshotFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.condition.ConditionEvaluationReport;
import org.springframework.boot.autoconfigure.condition.ConditionEvaluationReport.ConditionAndOutcomes;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.support.WebClientAdapter;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;

import io.github.loopthread.LoopContext;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.TestServer;
import io.github.loopthread.autoconfigure.context.LoopContextAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;
import io.github.loopthread.http.LoopClientHttpConnector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What gives way to which bean of the application's own, and that the condition report
 * says so.
 */
@Timeout(60)
class BackOffTests {

	private static final ThreadLocal<String> OWN = new ThreadLocal<>();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopContextAutoConfiguration.class, LoopAutoConfiguration.class,
				LoopWebClientAutoConfiguration.class, HttpClientAutoConfiguration.class,
				ReactiveHttpClientAutoConfiguration.class, WebClientAutoConfiguration.class));

	@Test
	void nothingGivesWayInAnApplicationWithoutBeansOfItsOwn() {
		this.contextRunner.run((context) -> assertThat(context).hasBean("loopContext")
			.doesNotHaveBean("loopContextOfSnapshotFactory")
			.hasBean("loopSettings")
			.hasBean("loopThread")
			.hasBean("loopTemplate")
			.hasBean("loopHttpResource")
			.hasBean("loopWebClient")
			.hasBean("loopHttpServiceProxyFactory"));
	}

	@Test
	void loopGivesWayToLoop() {
		this.contextRunner.withUserConfiguration(OwnLoop.class).run((context) -> {
			assertThat(context).hasSingleBean(LoopThread.class).doesNotHaveBean(LoopSettings.class);
			assertThat(threadOf(context)).isEqualTo("own-1");
			assertThat(refusal(context, LoopAutoConfiguration.class, "loopThread")).contains("found beans of type")
				.contains("io.github.loopthread.LoopThread")
				.contains("ownLoop");
			assertThat(refusal(context, LoopAutoConfiguration.class, "loopSettings")).contains("ownLoop");
		});
	}

	@Test
	void settingsGiveWayToSettings() {
		this.contextRunner.withBean("ownSettings", LoopSettings.class, () -> LoopSettings.defaults().withName("own"))
			.run((context) -> {
				assertThat(threadOf(context)).isEqualTo("own-1");
				assertThat(refusal(context, LoopAutoConfiguration.class, "loopSettings"))
					.contains("found beans of type")
					.contains("ownSettings");
			});
	}

	@Test
	void templateGivesWayToTemplateAndOtherOperations() {
		this.contextRunner.withBean("ownOperations", LoopOperations.class, LoopOperations::direct).run((context) -> {
			assertThat(context).hasSingleBean(LoopOperations.class);
			assertThat(refusal(context, LoopAutoConfiguration.class, "loopTemplate")).contains("found beans of type")
				.contains("io.github.loopthread.LoopOperations")
				.contains("ownOperations");
		});
		this.contextRunner.withUserConfiguration(OwnTemplate.class).run((context) -> {
			assertThat(context).hasSingleBean(LoopOperations.class);
			assertThat(refusal(context, LoopAutoConfiguration.class, "loopTemplate")).contains("ownTemplate");
		});
	}

	@Test
	void contextGivesWayToContext() {
		this.contextRunner.withBean("ownContext", LoopContext.class, LoopContext::ofRegisteredAccessors)
			.run((context) -> {
				assertThat(context).hasSingleBean(LoopContext.class);
				assertThat(refusal(context, LoopContextAutoConfiguration.class, "loopContext"))
					.contains("found beans of type")
					.contains("ownContext");
			});
	}

	@Test
	void contextGivesWayToSnapshotFactory() {
		this.contextRunner.withUserConfiguration(OwnSnapshots.class).run((context) -> {
			OWN.set("ada");
			try {
				assertThat(context.getBean(LoopTemplate.class).execute(Mono.fromSupplier(OWN::get))).isEqualTo("ada");
			}
			finally {
				OWN.remove();
			}
			assertThat(refusal(context, LoopContextAutoConfiguration.class, "loopContext"))
				.contains("found beans of type")
				.contains("io.micrometer.context.ContextSnapshotFactory")
				.contains("ownSnapshots");
			assertThat(
					outcomes(context, LoopContextAutoConfiguration.class, "loopContextOfSnapshotFactory").isFullMatch())
				.isTrue();
		});
	}

	@Test
	void clientGivesWayByTypeOnly() {
		this.contextRunner.withBean("ownClient", WebClient.class, WebClient::create).run((context) -> {
			assertThat(context.getBean(WebClient.class)).isSameAs(context.getBean("ownClient"));
			assertThat(context).hasBean("loopWebClient");
			assertThat(messages(outcomes(context, LoopWebClientAutoConfiguration.class, "loopWebClient")))
				.contains("this one is reachable by name, while the application's own win by type: ownClient");
		});
	}

	@Test
	void clientGivesWayToOneOfItsName() {
		this.contextRunner.withBean("loopWebClient", WebClient.class, WebClient::create).run((context) -> {
			assertThat(context).hasSingleBean(WebClient.class);
			assertThat(refusal(context, LoopWebClientAutoConfiguration.class, "loopWebClient"))
				.contains("found beans named loopWebClient");
		});
	}

	@Test
	void clientIsBuiltFromBuilderOfApplication() {
		try (TestServer server = header()) {
			this.contextRunner
				.withBean("ownBuilder", WebClient.Builder.class,
						() -> WebClient.builder().defaultHeader("X-Own", "yes"))
				.run((context) -> {
					assertThat(get(context, server)).isEqualTo("yes on loop-1");
					assertThat(refusal(context, WebClientAutoConfiguration.class, "webClientBuilder"))
						.contains("found beans of type")
						.contains("ownBuilder");
				});
			await().untilAsserted(() -> assertThat(server.openConnections()).isZero());
		}
	}

	@Test
	void resourceGivesWayToOneOfItsName() {
		try (TestServer server = header()) {
			this.contextRunner.withUserConfiguration(ResourceOfSameName.class).run((context) -> {
				assertThat(context.getBeansOfType(LoopResource.class)).hasSize(1);
				assertThat(get(context, server)).isEqualTo("own resource on loop-1");
				assertThat(refusal(context, LoopWebClientAutoConfiguration.class, "loopHttpResource"))
					.contains("found beans named loopHttpResource");
			});
			await().untilAsserted(() -> assertThat(server.openConnections()).isZero());
		}
	}

	@Test
	void resourceGivesWayToConnectorOnLoop() {
		try (TestServer server = header()) {
			this.contextRunner.withUserConfiguration(OwnConnector.class).run((context) -> {
				assertThat(context).doesNotHaveBean("loopHttpResource").hasSingleBean(ClientHttpConnector.class);
				assertThat(get(context, server)).isEqualTo("own connector on loop-1");
				assertThat(refusal(context, LoopWebClientAutoConfiguration.class, "loopHttpResource"))
					.contains("found beans of type")
					.contains("io.github.loopthread.http.LoopClientHttpConnector")
					.contains("ownConnector");
			});
			await().untilAsserted(() -> assertThat(server.openConnections()).isZero());
		}
	}

	@Test
	void proxyFactoryGivesWayByTypeAndToOneOfItsName() {
		this.contextRunner.withBean("ownFactory", HttpServiceProxyFactory.class, BackOffTests::proxyFactory)
			.run((context) -> {
				assertThat(context.getBean(HttpServiceProxyFactory.class)).isSameAs(context.getBean("ownFactory"));
				assertThat(context).hasBean("loopHttpServiceProxyFactory");
				assertThat(messages(
						outcomes(context, LoopWebClientAutoConfiguration.class, "loopHttpServiceProxyFactory")))
					.contains("the application's own win by type: ownFactory");
			});
		this.contextRunner
			.withBean("loopHttpServiceProxyFactory", HttpServiceProxyFactory.class, BackOffTests::proxyFactory)
			.run((context) -> {
				assertThat(context).hasSingleBean(HttpServiceProxyFactory.class);
				assertThat(refusal(context, LoopWebClientAutoConfiguration.class, "loopHttpServiceProxyFactory"))
					.contains("found beans named loopHttpServiceProxyFactory");
			});
	}

	@Test
	void fallbackOfParentIsNotReportedAsBeanOfApplication() {
		this.contextRunner.run((parent) -> this.contextRunner.withParent(parent).run((child) -> {
			for (String method : List.of("loopWebClient", "loopHttpServiceProxyFactory")) {
				assertThat(refusal(child, LoopWebClientAutoConfiguration.class, method))
					.contains("did not find other beans of this type")
					.contains("found beans named " + method);
			}
		}));
	}

	@Test
	void reportSaysWhatIsSwitchedOffAndWhatIsMissing() {
		this.contextRunner.withPropertyValues("loop.web-client.enabled=false")
			.run((context) -> assertThat(refusal(context, LoopWebClientAutoConfiguration.class, null))
				.contains("loop.web-client.enabled")
				.contains("found different value"));
		this.contextRunner.withPropertyValues("loop.enabled=false")
			.run((context) -> assertThat(refusal(context, LoopAutoConfiguration.class, null)).contains("loop.enabled")
				.contains("found different value"));
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class))
			.withClassLoader(new FilteredClassLoader(WebClient.class))
			.run((context) -> assertThat(refusal(context, LoopWebClientAutoConfiguration.class, null))
				.contains("did not find required class")
				.contains("WebClient"));
	}

	private static String threadOf(AssertableApplicationContext context) {
		return context.getBean(LoopTemplate.class).execute(Mono.fromSupplier(() -> Thread.currentThread().getName()));
	}

	private static TestServer header() {
		return TestServer.start((routes) -> routes.get("/",
				(request, response) -> response.sendString(Mono.just(request.requestHeaders().get("X-Own", "none")))));
	}

	private static String get(AssertableApplicationContext context, TestServer server) {
		return context.getBean(LoopTemplate.class)
			.execute(context.getBean("loopWebClient", WebClient.class)
				.get()
				.uri(server.url("/"))
				.retrieve()
				.bodyToMono(String.class)
				.map((body) -> body + " on " + Thread.currentThread().getName()));
	}

	private static HttpServiceProxyFactory proxyFactory() {
		return HttpServiceProxyFactory.builderFor(WebClientAdapter.create(WebClient.create())).build();
	}

	private static LoopResource<? extends ClientHttpConnector> resource(String header) {
		return LoopClientHttpConnector.resource((pool) -> pool.maxConnections(1),
				(client, onLoop) -> new ReactorClientHttpConnector(
						onLoop.apply(client.headers((headers) -> headers.set("X-Own", header)))));
	}

	private static String refusal(AssertableApplicationContext context, Class<?> configuration, String method) {
		ConditionAndOutcomes outcomes = outcomes(context, configuration, method);
		assertThat(outcomes.isFullMatch()).isFalse();
		return messages(outcomes);
	}

	private static String messages(ConditionAndOutcomes outcomes) {
		return outcomes.stream().map((outcome) -> outcome.getOutcome().getMessage()).collect(Collectors.joining("; "));
	}

	private static ConditionAndOutcomes outcomes(AssertableApplicationContext context, Class<?> configuration,
			String method) {
		String source = configuration.getName() + ((method != null) ? "#" + method : "");
		return ConditionEvaluationReport.get(context.getSourceApplicationContext().getBeanFactory())
			.getConditionAndOutcomesBySource()
			.get(source);
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnLoop {

		@Bean
		LoopThread ownLoop(List<LoopResource<?>> resources) {
			return new LoopThread(LoopSettings.defaults().withName("own"), resources);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnTemplate {

		@Bean
		LoopTemplate ownTemplate(LoopThread loopThread) {
			return new LoopTemplate(loopThread, Duration.ofSeconds(1));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnSnapshots {

		@Bean
		ContextSnapshotFactory ownSnapshots() {
			ContextRegistry registry = new ContextRegistry().loadContextAccessors()
				.registerThreadLocalAccessor("own", OWN);
			return ContextSnapshotFactory.builder().contextRegistry(registry).clearMissing(true).build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ResourceOfSameName {

		@Bean
		LoopResource<? extends ClientHttpConnector> loopHttpResource() {
			return resource("own resource");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnConnector {

		@Bean
		LoopResource<? extends ClientHttpConnector> ownResource() {
			return resource("own connector");
		}

		@Bean
		LoopClientHttpConnector ownConnector(LoopResource<? extends ClientHttpConnector> ownResource) {
			return new LoopClientHttpConnector(ownResource);
		}

	}

}
