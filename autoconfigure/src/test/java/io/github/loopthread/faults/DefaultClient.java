package io.github.loopthread.faults;

import java.time.Duration;
import java.util.function.UnaryOperator;

import io.netty.pkitesting.X509Bundle;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ClientHttpConnectorBuilderCustomizer;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.boot.http.codec.autoconfigure.CodecsAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.util.StringUtils;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;
import io.github.loopthread.http.LoopClientHttpConnector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The shared client of an application with the default settings, ours and Spring Boot's.
 * Registered as an extension it is there for all tests of a class, and its loop runs for
 * one of them at a time: it stops when all that was in use has been given back.
 */
final class DefaultClient implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {

	/**
	 * More than any call takes that is to end by itself.
	 */
	static final Duration LONG = Duration.ofSeconds(20);

	/**
	 * The time of calls that nothing else ends.
	 */
	static final Duration SHORT = Duration.ofMillis(250);

	/**
	 * Part of the query and of a header of every request, and to be found nowhere else.
	 */
	static final String SECRET = "s3cr3t";

	private final UnaryOperator<HttpClient> customizer;

	private final String[] properties;

	// Those of the application, while there is one

	private @Nullable ConfigurableApplicationContext context;

	private LoopThread loopThread;

	private LoopTemplate loop;

	private WebClient web;

	private LoopClientHttpConnector connector;

	private DefaultClient(UnaryOperator<HttpClient> customizer, String... properties) {
		this.customizer = customizer;
		this.properties = properties;
	}

	static DefaultClient create(String... properties) {
		return new DefaultClient(UnaryOperator.identity(), properties);
	}

	/**
	 * Create a client that trusts certificates issued by another.
	 */
	static DefaultClient trusting(X509Bundle issuer, String... properties) {
		return create(StringUtils.concatenateStringArrays(properties,
				new String[] { "spring.ssl.bundle.pem.test.truststore.certificate=" + issuer.getCertificatePEM(),
						"spring.http.clients.ssl.bundle=test" }));
	}

	/**
	 * Return such a client whose application has customized the one beneath it.
	 */
	DefaultClient customized(UnaryOperator<HttpClient> customizer) {
		return new DefaultClient(customizer, this.properties);
	}

	@Override
	public void beforeAll(ExtensionContext context) {
		open();
	}

	@Override
	public void beforeEach(ExtensionContext context) {
		this.loopThread.start();
	}

	@Override
	public void afterEach(ExtensionContext context) {
		try {
			await().untilAsserted(this::assertNothingInUse);
		}
		finally {
			this.loopThread.stop();
		}
	}

	@Override
	public void afterAll(ExtensionContext context) {
		close();
	}

	/**
	 * Start the application, whose loop does not run yet.
	 */
	void open() {
		ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.NONE)
			.properties("spring.main.banner-mode=off", "spring.main.log-startup-info=false",
					// It warns of every response that it refuses
					"logging.level.reactor.netty=error")
			.properties(this.properties)
			.initializers(this::prepare)
			.run();
		this.loopThread = context.getBean(LoopThread.class);
		this.loop = context.getBean(LoopTemplate.class);
		this.web = context.getBean(WebClient.class);
		LoopResource<? extends ClientHttpConnector> resource = context
			.getBeanProvider(new ParameterizedTypeReference<LoopResource<? extends ClientHttpConnector>>() {
			})
			.getObject();
		this.connector = new LoopClientHttpConnector(resource);
		this.loopThread.stop();
	}

	private void prepare(ConfigurableApplicationContext context) {
		this.context = context;
		context.getBeanFactory().registerSingleton("customizer", new Customizer(this.customizer));
	}

	void close() {
		if (this.context != null) {
			this.context.close();
		}
	}

	/**
	 * Return the loop, also while the application starts.
	 */
	LoopThread loopThread() {
		return this.context.getBean(LoopThread.class);
	}

	LoopClientHttpConnector connector() {
		return this.connector;
	}

	LoopTemplate loop() {
		return this.loop;
	}

	WebClient web() {
		return this.web;
	}

	/**
	 * Stop the loop although connections may be in use.
	 */
	void stopAtOnce() {
		this.loopThread.stop();
	}

	Ending get(Duration timeout, String url) {
		return call(timeout, body(url));
	}

	Ending call(Duration timeout, Mono<String> task) {
		return Ending.of(() -> this.loop.withTimeout(timeout).execute(task));
	}

	/**
	 * Return a call with secrets of its caller's.
	 */
	Mono<String> body(String url) {
		return request(url).retrieve().bodyToMono(String.class);
	}

	WebClient.RequestHeadersSpec<?> request(String url) {
		return this.web.get()
			.uri(url + "?token=" + SECRET)
			.header("Authorization", "Bearer " + SECRET)
			.cookie("session", SECRET);
	}

	/**
	 * Wait until the client has noticed that the server has closed.
	 */
	void awaitNoIdleConnection() {
		await().until(() -> this.connector.activeConnections() + this.connector.idleConnections() == 0);
	}

	private void assertNothingInUse() {
		assertThat(this.loopThread.activeTasks()).as("tasks").isZero();
		assertThat(this.connector.activeConnections()).as("connections in use").isZero();
		assertThat(this.connector.pendingRequests()).as("requests that wait for a connection").isZero();
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class,
			SslAutoConfiguration.class, HttpClientAutoConfiguration.class, ReactiveHttpClientAutoConfiguration.class,
			CodecsAutoConfiguration.class, JacksonAutoConfiguration.class, WebClientAutoConfiguration.class })
	static class Application {

	}

	private record Customizer(UnaryOperator<HttpClient> customizer)
			implements
				ClientHttpConnectorBuilderCustomizer<ReactorClientHttpConnectorBuilder> {

		@Override
		public ReactorClientHttpConnectorBuilder customize(ReactorClientHttpConnectorBuilder builder) {
			return builder.withHttpClientCustomizer(this.customizer);
		}

	}

}
