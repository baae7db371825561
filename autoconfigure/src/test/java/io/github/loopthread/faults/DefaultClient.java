package io.github.loopthread.faults;

import java.time.Duration;

import io.netty.pkitesting.X509Bundle;
import reactor.core.publisher.Mono;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.http.codec.autoconfigure.CodecsAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.client.reactive.ClientHttpConnector;
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
 * Its loop runs from {@link #start} to {@link #stop}, so that each test leaves nothing,
 * although all tests of a class share the application.
 */
final class DefaultClient implements AutoCloseable {

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

	private final ConfigurableApplicationContext context;

	private final LoopThread loopThread;

	private final LoopTemplate loop;

	private final WebClient web;

	private final LoopClientHttpConnector connector;

	private DefaultClient(String... properties) {
		this.context = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.properties("spring.main.banner-mode=off", "spring.main.log-startup-info=false",
					// It warns of every response that it refuses
					"logging.level.reactor.netty=error")
			.properties(properties)
			.run();
		this.loopThread = this.context.getBean(LoopThread.class);
		this.loop = this.context.getBean(LoopTemplate.class);
		this.web = this.context.getBean(WebClient.class);
		LoopResource<? extends ClientHttpConnector> resource = this.context
			.getBeanProvider(new ParameterizedTypeReference<LoopResource<? extends ClientHttpConnector>>() {
			})
			.getObject();
		this.connector = new LoopClientHttpConnector(resource);
		stop();
	}

	static DefaultClient create(String... properties) {
		return new DefaultClient(properties);
	}

	/**
	 * Create a client that trusts certificates issued by another.
	 */
	static DefaultClient trusting(X509Bundle issuer) {
		return new DefaultClient("spring.ssl.bundle.pem.test.truststore.certificate=" + issuer.getCertificatePEM(),
				"spring.http.clients.ssl.bundle=test");
	}

	LoopTemplate loop() {
		return this.loop;
	}

	WebClient web() {
		return this.web;
	}

	void start() {
		this.loopThread.start();
	}

	/**
	 * Stop the loop when all that was in use has been given back.
	 */
	void stop() {
		await().untilAsserted(this::assertNothingInUse);
		this.loopThread.stop();
	}

	/**
	 * Stop the loop although connections may be in use.
	 */
	void stopAtOnce() {
		this.loopThread.stop();
	}

	@Override
	public void close() {
		this.context.close();
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

}
