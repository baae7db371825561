package io.github.loopthread.autoconfigure.http;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.netty.handler.timeout.ReadTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.service.HttpServiceClientPropertiesAutoConfiguration;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.boot.http.codec.autoconfigure.CodecsAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.boot.webclient.autoconfigure.service.ReactiveHttpServiceClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.support.WebClientHttpServiceGroupConfigurer;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.annotation.HttpExchange;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;
import org.springframework.web.service.registry.HttpServiceGroup.ClientType;
import org.springframework.web.service.registry.ImportHttpServices;

import io.github.loopthread.HeldDeadlines;
import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.TestServer;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.http.LoopClientHttpConnector;
import io.github.loopthread.http.LoopHttpExchangeAdapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * HTTP interfaces in an application, alone and in Spring Boot's groups.
 */
@Timeout(60)
class HttpInterfaceTests {

	// Other clients would keep connections open
	private final TestServer server = TestServer.start((routes) -> routes
		.get("/quotes/{id}",
				(request, response) -> response.keepAlive(false)
					.header("Content-Type", "application/json")
					.sendString(Mono.just("{\"text\": \"quote %s for %s\"}".formatted(request.param("id"),
							request.requestHeaders().get("X-Tenant")))))
		.get("/slow/quotes/{id}",
				(request, response) -> response.keepAlive(false)
					.header("Content-Type", "application/json")
					.sendString(Mono.just("{\"text\": \"slow\"}").delayElement(Duration.ofSeconds(1))))
		.get("/never/quotes/{id}", (request, response) -> response.sendString(Mono.never())));

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class,
				SslAutoConfiguration.class, HttpClientAutoConfiguration.class,
				ReactiveHttpClientAutoConfiguration.class, CodecsAutoConfiguration.class,
				JacksonAutoConfiguration.class, WebClientAutoConfiguration.class,
				HttpServiceClientPropertiesAutoConfiguration.class, ReactiveHttpServiceClientAutoConfiguration.class))
		.withPropertyValues("loop.web-client.base-url=" + this.server.url(""));

	private final ApplicationContextRunner groupRunner = this.contextRunner.withUserConfiguration(QuoteGroup.class,
			GroupOnLoop.class);

	@AfterEach
	void leaveNothing() {
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
		this.server.close();
		LoopThreads.assertNone("loop");
	}

	@Test
	void clientOfProxyFactoryRunsOnLoop() {
		this.contextRunner.withUserConfiguration(SingleClient.class, ThreadsOfExchanges.class).run((context) -> {
			assertThat(context.getBean(QuoteClient.class).quote(7).text()).isEqualTo("quote 7 for null");
			assertThat(context.getBean(ThreadsOfExchanges.class).threads).containsOnly("loop-1");
		});
	}

	@Test
	void clientOfProxyFactoryWorksAfterRestart() {
		this.contextRunner.withUserConfiguration(SingleClient.class).run((context) -> {
			QuoteClient quotes = context.getBean(QuoteClient.class);
			context.getSourceApplicationContext().stop();
			assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(() -> quotes.quote(7));
			context.getSourceApplicationContext().start();
			assertThat(quotes.quote(7).text()).isEqualTo("quote 7 for null");
		});
	}

	@Test
	void timeoutPropertyIsThatOfEachCall() {
		this.contextRunner.withUserConfiguration(SingleClient.class)
			.withPropertyValues("loop.timeout=300ms", "loop.web-client.base-url=" + this.server.url("/never"))
			.run((context) -> assertThatExceptionOfType(LoopTimeoutException.class)
				.isThrownBy(() -> context.getBean(QuoteClient.class).quote(7))
				.withMessageContaining("'QuoteClient.quote' did not finish within 300ms"));
	}

	@Test
	void placeholdersInUrlsAreResolved() {
		this.contextRunner.withPropertyValues("quotes.path=/quotes/{id}")
			.run((context) -> assertThat(context.getBean(HttpServiceProxyFactory.class)
				.createClient(PlaceholderClient.class)
				.quote(7)
				.text()).isEqualTo("quote 7 for null"));
	}

	@Test
	void proxyFactoryOfUserWinsByTypeAndOursStaysReachableByName() {
		HttpServiceProxyFactory own = LoopHttpExchangeAdapter
			.proxyFactoryBuilder(WebClient.create(), LoopOperations.direct())
			.build();
		this.contextRunner.withBean("own", HttpServiceProxyFactory.class, () -> own).run((context) -> {
			assertThat(context.getBeanProvider(HttpServiceProxyFactory.class).getObject()).isSameAs(own);
			assertThat(context).hasBean("loopHttpServiceProxyFactory");
		});
		this.contextRunner.withBean("loopHttpServiceProxyFactory", HttpServiceProxyFactory.class, () -> own)
			.run((context) -> assertThat(context).getBean(HttpServiceProxyFactory.class).isSameAs(own));
	}

	@Test
	void backsOffWithoutSharedClientOrWithSeveralTemplates() {
		this.contextRunner.withPropertyValues("loop.web-client.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(HttpServiceProxyFactory.class));
		this.contextRunner.withBean("fast", LoopOperations.class, LoopOperations::direct)
			.withBean("slow", LoopOperations.class, LoopOperations::direct)
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(HttpServiceProxyFactory.class));
	}

	@Test
	@Tag(NothingLeftExtension.OTHER_CLIENTS)
	void groupIsLeftAloneUnlessConfigured() {
		this.contextRunner.withUserConfiguration(QuoteGroup.class, ThreadsOfExchanges.class)
			.withPropertyValues("spring.http.serviceclient.quotes.base-url=" + this.server.url(""),
					"spring.http.clients.reactive.connector=jdk")
			.run((context) -> {
				assertThat(context.getBean(QuoteClient.class).quote(7).text()).startsWith("quote 7");
				assertThat(context.getBean(ThreadsOfExchanges.class).threads).doesNotContain("loop-1");
			});
	}

	@Test
	void configuredGroupRunsOnLoopAndKeepsBaseUrlAndHeaders() {
		this.groupRunner.withUserConfiguration(ThreadsOfExchanges.class)
			.withPropertyValues("spring.http.serviceclient.quotes.base-url=" + this.server.url(""),
					"spring.http.serviceclient.quotes.default-header.X-Tenant=shop")
			.run((context) -> {
				assertThat(context.getBean(QuoteClient.class).quote(7).text()).isEqualTo("quote 7 for shop");
				assertThat(context.getBean(ThreadsOfExchanges.class).threads).containsOnly("loop-1");
				context.getBean(LoopThread.class).stop();
				assertThatExceptionOfType(LoopNotRunningException.class)
					.isThrownBy(() -> context.getBean(QuoteClient.class).quote(7));
			});
	}

	@Test
	void configuredGroupHasTimeoutOfItsTemplate() {
		this.groupRunner.withPropertyValues("spring.http.serviceclient.quotes.base-url=" + this.server.url("/never"))
			.run((context) -> {
				String open = "/never/quotes/7 (waiting for the response)";
				try (HeldDeadlines deadlines = new HeldDeadlines()) {
					deadlines.passWhenWaitingFor(context.getBean(LoopThread.class), open);
					assertThatExceptionOfType(LoopTimeoutException.class)
						.isThrownBy(() -> context.getBean(QuoteClient.class).quote(7))
						.withMessageContaining("'QuoteClient.quote' did not finish within 5000ms")
						.withMessageContaining(open);
				}
			});
	}

	@Test
	void readTimeoutOfConfiguredGroupIsIgnored() {
		this.groupRunner
			.withPropertyValues("spring.http.serviceclient.quotes.base-url=" + this.server.url("/slow"),
					"spring.http.serviceclient.quotes.read-timeout=100ms")
			.run((context) -> assertThat(context.getBean(QuoteClient.class).quote(7).text()).isEqualTo("slow"));
	}

	@Test
	void readTimeoutOfAllClientsHoldsForConfiguredGroup() {
		this.groupRunner
			.withPropertyValues("spring.http.serviceclient.quotes.base-url=" + this.server.url("/never"),
					"spring.http.clients.read-timeout=100ms")
			.run((context) -> assertThatExceptionOfType(WebClientRequestException.class)
				.isThrownBy(() -> context.getBean(QuoteClient.class).quote(7)));
	}

	@Test
	void groupMayHaveConnectionsOfItsOwnOnLoop() {
		this.contextRunner
			.withUserConfiguration(QuoteGroup.class, GroupWithConnectionsOfItsOwn.class, ThreadsOfExchanges.class)
			.withPropertyValues("spring.http.serviceclient.quotes.base-url=" + this.server.url(""))
			.run((context) -> {
				assertThat(context.getBean(QuoteClient.class).quote(7).text()).startsWith("quote 7");
				assertThat(context.getBean(ThreadsOfExchanges.class).threads).containsOnly("loop-1");
			});
		this.contextRunner.withUserConfiguration(QuoteGroup.class, GroupWithConnectionsOfItsOwn.class)
			.withPropertyValues("spring.http.serviceclient.quotes.base-url=" + this.server.url("/never"))
			.run((context) -> assertThatExceptionOfType(WebClientRequestException.class)
				.isThrownBy(() -> context.getBean(QuoteClient.class).quote(7))
				.withCauseInstanceOf(ReadTimeoutException.class));
	}

	@Test
	void groupOfRestClientIsRefusedAtStart() {
		this.contextRunner.withUserConfiguration(RestClientGroup.class)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(IllegalArgumentException.class)
				.hasMessageContaining("RestClientAdapter cannot run on the loop"));
	}

	/**
	 * Spring Boot's issue 49279. When this test fails, Spring Boot has solved it, and
	 * docs/http-clients.md is to say so.
	 */
	@Test
	@Tag(NothingLeftExtension.OTHER_CLIENTS)
	void springBootItselfIgnoresReadTimeoutOfGroups() {
		this.contextRunner.withUserConfiguration(QuoteGroup.class)
			.withPropertyValues("spring.http.serviceclient.quotes.base-url=" + this.server.url("/slow"),
					"spring.http.serviceclient.quotes.read-timeout=100ms", "spring.http.clients.reactive.connector=jdk")
			.run((context) -> assertThat(context.getBean(QuoteClient.class).quote(7).text()).isEqualTo("slow"));
	}

	interface QuoteClient {

		@GetExchange("/quotes/{id}")
		Quote quote(@PathVariable int id);

	}

	@HttpExchange("${quotes.path}")
	interface PlaceholderClient {

		@GetExchange
		Quote quote(@PathVariable int id);

	}

	record Quote(String text) {

	}

	@Configuration(proxyBeanMethods = false)
	static class SingleClient {

		@Bean
		QuoteClient quoteClient(HttpServiceProxyFactory factory) {
			return factory.createClient(QuoteClient.class);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "quotes", types = QuoteClient.class, clientType = ClientType.WEB_CLIENT)
	static class QuoteGroup {

	}

	@Configuration(proxyBeanMethods = false)
	static class GroupOnLoop {

		@Bean
		WebClientHttpServiceGroupConfigurer quotesOnLoop(LoopTemplate loop,
				LoopResource<? extends ClientHttpConnector> loopHttpResource) {
			return (groups) -> groups.filterByName("quotes").forEachGroup((group, client, proxyFactory) -> {
				client.clientConnector(new LoopClientHttpConnector(loopHttpResource));
				LoopHttpExchangeAdapter.applyTo(proxyFactory, loop.withTimeout(Duration.ofSeconds(5)));
			});
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class GroupWithConnectionsOfItsOwn {

		@Bean
		LoopResource<? extends ClientHttpConnector> quotesHttpResource() {
			return LoopClientHttpConnector.resource((pool) -> pool.maxConnections(50),
					(client, onLoop) -> ClientHttpConnectorBuilder.reactor()
						.withHttpClientFactory(() -> client)
						.withHttpClientCustomizer(onLoop::apply)
						.build(HttpClientSettings.defaults().withReadTimeout(Duration.ofSeconds(2))));
		}

		@Bean
		WebClientHttpServiceGroupConfigurer quotesOnLoop(LoopTemplate loop,
				LoopResource<? extends ClientHttpConnector> quotesHttpResource) {
			return new GroupOnLoop().quotesOnLoop(loop, quotesHttpResource);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportHttpServices(group = "quotes", types = QuoteClient.class, clientType = ClientType.REST_CLIENT)
	static class RestClientGroup {

		@Bean
		RestClientHttpServiceGroupConfigurer quotesOnLoop(LoopTemplate loop) {
			return (groups) -> groups
				.forEachProxyFactory((group, proxyFactory) -> LoopHttpExchangeAdapter.applyTo(proxyFactory, loop));
		}

	}

	static class ThreadsOfExchanges implements WebClientCustomizer {

		private final Queue<String> threads = new ConcurrentLinkedQueue<>();

		@Override
		public void customize(WebClient.Builder builder) {
			builder.filter((request, next) -> next.exchange(request)
				.doOnNext((response) -> this.threads.add(Thread.currentThread().getName())));
		}

	}

}
