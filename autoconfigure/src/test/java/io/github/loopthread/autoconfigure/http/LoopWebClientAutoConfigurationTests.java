package io.github.loopthread.autoconfigure.http;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import javax.net.ssl.SSLHandshakeException;

import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIf;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import tools.jackson.databind.PropertyNamingStrategies;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ClientHttpConnectorBuilderCustomizer;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.http.client.reactive.JdkClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.boot.http.codec.autoconfigure.CodecsAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.WebClientCustomizer;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.boot.webclient.autoconfigure.WebClientObservationAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.TestServer;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopWebClientAutoConfiguration} with Spring Boot's own
 * auto-configurations around it.
 */
@Timeout(60)
class LoopWebClientAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class,
				SslAutoConfiguration.class, HttpClientAutoConfiguration.class,
				ReactiveHttpClientAutoConfiguration.class, CodecsAutoConfiguration.class,
				JacksonAutoConfiguration.class, WebClientAutoConfiguration.class, ObservationAutoConfiguration.class,
				WebClientObservationAutoConfiguration.class));

	private final TestServer server = TestServer.start((routes) -> routes
		.get("/hello",
				(request, response) -> response
					.sendString(Mono.just("hello " + request.requestHeaders().get("X-Customized"))))
		.get("/json",
				(request, response) -> response.header("Content-Type", "application/json")
					.sendString(Mono.just("{\"first_name\": \"Ada\"}")))
		.get("/redirect", (request, response) -> response.sendRedirect("/hello"))
		.get("/large", (request, response) -> response.sendString(Mono.just("x".repeat(10_000))))
		.get("/never", (request, response) -> response.sendString(Mono.never())));

	@AfterEach
	void leaveNothing() {
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
		this.server.close();
		LoopThreads.assertNone("loop");
	}

	@Test
	void sharedClientLivesOnLoop() {
		this.contextRunner.run((context) -> {
			assertThat(context).hasSingleBean(WebClient.class);
			Mono<String> thread = context.getBean("loopWebClient", WebClient.class)
				.get()
				.uri(this.server.url("/hello"))
				.retrieve()
				.bodyToMono(String.class)
				.map((body) -> Thread.currentThread().getName());
			assertThat(context.getBean(LoopTemplate.class).execute(thread)).isEqualTo("loop-1");
			assertThat(this.server.openConnections()).isEqualTo(1);
		});
	}

	@Test
	void sameClientWorksAfterRestartOfContext() {
		this.contextRunner.run((context) -> {
			WebClient client = context.getBean(WebClient.class);
			for (int i = 0; i < 3; i++) {
				assertThat(get(client, this.server.url("/hello"))).startsWith("hello");
				context.getSourceApplicationContext().stop();
				context.getSourceApplicationContext().start();
			}
			assertThat(get(client, this.server.url("/hello"))).startsWith("hello");
		});
	}

	@Test
	void relativeUrlsGoToBaseUrl() {
		this.contextRunner.withPropertyValues("loop.web-client.base-url=" + this.server.url(""))
			.run((context) -> assertThat(get(context.getBean(WebClient.class), "/hello")).startsWith("hello"));
	}

	@Test
	void clientOfUserWinsByTypeAndOursStaysReachableByName() {
		this.contextRunner.withUserConfiguration(OwnClient.class, Consumer.class).run((context) -> {
			assertThat(context.getBean(Consumer.class).client).isSameAs(context.getBean("ownClient"));
			assertThat(context).hasBean("loopWebClient");
		});
	}

	@Test
	void beanOfSameNameReplacesOurs() {
		this.contextRunner.withBean("loopWebClient", WebClient.class, WebClient::create)
			.run((context) -> assertThat(context).hasSingleBean(WebClient.class));
	}

	@Test
	void canBeSwitchedOff() {
		this.contextRunner.withPropertyValues("loop.web-client.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(WebClient.class).hasSingleBean(LoopThread.class));
		this.contextRunner.withPropertyValues("loop.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(WebClient.class));
	}

	@Test
	void backsOffWithoutWebClientOrReactorNetty() {
		for (Class<?> missing : new Class<?>[] { WebClient.class, HttpClient.class }) {
			new ApplicationContextRunner()
				.withConfiguration(
						AutoConfigurations.of(LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class))
				.withClassLoader(new FilteredClassLoader(missing))
				.run((context) -> assertThat(context).hasNotFailed()
					.doesNotHaveBean("loopWebClient")
					.hasSingleBean(LoopTemplate.class));
		}
	}

	@Test
	void doesNotReplaceConnectorOfOtherClients() {
		this.contextRunner.run((context) -> {
			assertThat(context).hasSingleBean(ClientHttpConnector.class).hasBean("clientHttpConnector");
			assertThat(context).hasBean("webClientBuilder");
		});
	}

	@Test
	void customizersOfBuilderApply() {
		this.contextRunner
			.withBean(WebClientCustomizer.class, () -> (builder) -> builder.defaultHeader("X-Customized", "yes"))
			.run((context) -> assertThat(get(context, "/hello")).isEqualTo("hello yes"));
	}

	@Test
	void customizersOfConnectorApplyOncePerStart() {
		this.contextRunner.withUserConfiguration(ConnectorCustomizer.class).run((context) -> {
			AtomicInteger calls = context.getBean(AtomicInteger.class);
			int atStart = calls.get();
			assertThat(get(context, "/hello")).isEqualTo("hello connector");
			get(context, "/hello");
			assertThat(calls).hasValue(atStart);
			context.getSourceApplicationContext().stop();
			context.getSourceApplicationContext().start();
			assertThat(calls).hasValue(atStart + 1);
		});
	}

	@Test
	@Tag(NothingLeftExtension.OTHER_CLIENTS)
	void staysOnLoopWhenOtherClientsUseAnotherLibrary() {
		this.contextRunner.withUserConfiguration(ConnectorCustomizer.class)
			.withPropertyValues("spring.http.clients.reactive.connector=jdk")
			.run((context) -> {
				Mono<String> exchange = context.getBean(WebClient.class)
					.get()
					.uri(this.server.url("/hello"))
					.retrieve()
					.bodyToMono(String.class)
					.map((body) -> body + " on " + Thread.currentThread().getName());
				assertThat(context.getBean(LoopTemplate.class).execute(exchange))
					.isEqualTo("hello connector on loop-1");
			});
	}

	@Test
	void codecsApply() {
		this.contextRunner.withPropertyValues("spring.jackson.property-naming-strategy=SNAKE_CASE").run((context) -> {
			Person person = context.getBean(LoopTemplate.class)
				.execute(context.getBean(WebClient.class)
					.get()
					.uri(this.server.url("/json"))
					.retrieve()
					.bodyToMono(Person.class));
			assertThat(person).isEqualTo(new Person("Ada"));
		});
		this.contextRunner.withPropertyValues("spring.http.codecs.max-in-memory-size=1KB")
			.run((context) -> assertThatExceptionOfType(WebClientResponseException.class)
				.isThrownBy(() -> get(context, "/large"))
				.withCauseInstanceOf(DataBufferLimitException.class));
	}

	@Test
	void exchangesAreObserved() {
		TestObservationRegistry registry = TestObservationRegistry.create();
		this.contextRunner.withBean("observationRegistry", TestObservationRegistry.class, () -> registry)
			.run((context) -> get(context, "/hello"));
		TestObservationRegistryAssert.assertThat(registry)
			.hasObservationWithNameEqualTo("http.client.requests")
			.that()
			.hasLowCardinalityKeyValue("status", "200")
			.hasBeenStopped();
	}

	@Test
	void readTimeoutApplies() {
		this.contextRunner.withPropertyValues("spring.http.clients.read-timeout=100ms")
			.run((context) -> assertThatExceptionOfType(WebClientRequestException.class)
				.isThrownBy(() -> get(context, "/never"))
				.withCauseInstanceOf(ReadTimeoutException.class));
	}

	@Test
	void redirectsApply() {
		this.contextRunner.run((context) -> assertThat(get(context, "/redirect")).startsWith("hello"));
		this.contextRunner.withPropertyValues("spring.http.clients.redirects=dont-follow")
			.run((context) -> assertThat(get(context, "/redirect")).isNull());
	}

	@Test
	void trustsServerOfSslBundle() throws Exception {
		X509Bundle certificate = certificate("localhost");
		try (TestServer tls = TestServer.startTls(certificate, (routes) -> routes.get("/hello",
				(request, response) -> response.sendString(Mono.just("hello over TLS"))))) {
			String url = "https://localhost:%d/hello".formatted(tls.port());
			this.contextRunner.withPropertyValues(trust(certificate))
				.run((context) -> assertThat(get(context.getBean(WebClient.class), url)).isEqualTo("hello over TLS"));
			this.contextRunner.run((context) -> assertThatExceptionOfType(WebClientRequestException.class)
				.isThrownBy(() -> get(context.getBean(WebClient.class), url))
				.withCauseInstanceOf(SSLHandshakeException.class));
		}
	}

	@Test
	void refusesServerWhoseCertificateHasAnotherName() throws Exception {
		X509Bundle certificate = certificate("other.example");
		try (TestServer tls = TestServer.startTls(certificate,
				(routes) -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("never"))))) {
			this.contextRunner.withPropertyValues(trust(certificate))
				.run((context) -> assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(
						() -> get(context.getBean(WebClient.class), "https://localhost:%d/hello".formatted(tls.port())))
					.withCauseInstanceOf(SSLHandshakeException.class)
					.withStackTraceContaining("localhost"));
		}
	}

	@Test
	@DisabledIf(value = "io.github.loopthread.BootVersion#is40",
			disabledReason = "Spring Boot 4.0 leaves the system's proxy to customizers")
	void systemProxyConnectsAndResolvesNames() throws Exception {
		try (TestProxy proxy = new TestProxy(this.server.port())) {
			proxy.setAsSystemProxy();
			this.contextRunner.run((context) -> assertThat(
					get(context.getBean(WebClient.class), "http://only-the-proxy-knows.invalid/hello"))
				.startsWith("hello"));
			assertThat(proxy.connectRequests()).containsExactly("CONNECT only-the-proxy-knows.invalid:80 HTTP/1.1");
		}
	}

	@Test
	void connectTimeoutIsBoundedUnlessSpringBootSetsOne() {
		Set<Object> timeouts = ConcurrentHashMap.newKeySet();
		Map<String, Integer> expected = Map.of("spring.application.name=none", 5000,
				"spring.http.clients.connect-timeout=700ms", 700);
		expected.forEach((property, millis) -> {
			timeouts.clear();
			this.contextRunner.withPropertyValues(property)
				.withBean(ClientHttpConnectorBuilderCustomizer.class, () -> recordConnectTimeout(timeouts))
				.run((context) -> get(context, "/hello"));
			assertThat(timeouts).containsExactly(millis);
		});
	}

	private static ClientHttpConnectorBuilderCustomizer<ReactorClientHttpConnectorBuilder> recordConnectTimeout(
			Set<Object> timeouts) {
		return new ClientHttpConnectorBuilderCustomizer<>() {

			@Override
			public ReactorClientHttpConnectorBuilder customize(ReactorClientHttpConnectorBuilder builder) {
				return builder.withHttpClientCustomizer((client) -> client.doOnConnected(
						(connection) -> timeouts.add(connection.channel().config().getConnectTimeoutMillis())));
			}

		};
	}

	private static X509Bundle certificate(String name) throws Exception {
		return new CertificateBuilder().subject("CN=" + name)
			.addSanDnsName(name)
			.setIsCertificateAuthority(true)
			.buildSelfSigned();
	}

	private static String[] trust(X509Bundle certificate) {
		return new String[] { "spring.ssl.bundle.pem.test.truststore.certificate=" + certificate.getCertificatePEM(),
				"spring.http.clients.ssl.bundle=test" };
	}

	private String get(ApplicationContext context, String path) {
		return context.getBean(LoopTemplate.class)
			.execute(context.getBean(WebClient.class)
				.get()
				.uri(this.server.url(path))
				.retrieve()
				.bodyToMono(String.class));
	}

	private static String get(WebClient client, String url) {
		return client.get().uri(url).retrieve().bodyToMono(String.class).block(Duration.ofSeconds(10));
	}

	record Person(String firstName) {

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnClient {

		@Bean
		WebClient ownClient() {
			return WebClient.create();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Consumer {

		private final WebClient client;

		Consumer(WebClient client) {
			this.client = client;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ConnectorCustomizer {

		@Bean
		AtomicInteger calls() {
			return new AtomicInteger();
		}

		@Bean
		ClientHttpConnectorBuilderCustomizer<ReactorClientHttpConnectorBuilder> reactorCustomizer(AtomicInteger calls) {
			return (builder) -> builder.withHttpClientCustomizer((client) -> {
				calls.incrementAndGet();
				return client.headers((headers) -> headers.set("X-Customized", "connector"));
			});
		}

		@Bean
		ClientHttpConnectorBuilderCustomizer<JdkClientHttpConnectorBuilder> jdkCustomizer() {
			return (builder) -> builder
				.withHttpClientCustomizer((client) -> client.version(java.net.http.HttpClient.Version.HTTP_1_1));
		}

	}

}
