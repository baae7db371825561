package io.github.loopthread.examples;

import java.time.Duration;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.FilteredHostException;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.InetAddressFilter;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.TestServer;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;
import io.github.loopthread.http.LoopClientHttpConnector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The second client of docs/security.md, which has a filter of its own.
 */
@Timeout(60)
class AddressFilterExampleTests {

	private final TestServer server = TestServer
		.start((routes) -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("hello"))));

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class))
		.withUserConfiguration(ClientForUrlsOfUsers.class, Service.class);

	@AfterEach
	void closeServer() {
		this.server.close();
	}

	@Test
	void onlyTheSecondClientIsGuardedAndBothAreOnTheLoop() {
		this.contextRunner.run((context) -> {
			Service service = context.getBean(Service.class);
			assertThat(get(context, service.shared)).isEqualTo("hello on loop-1");
			assertThatExceptionOfType(WebClientRequestException.class)
				.isThrownBy(() -> get(context, service.forUrlsOfUsers))
				.withCauseInstanceOf(FilteredHostException.class)
				.withMessageContaining("Filtered host '127.0.0.1'");
			assertThat(this.server.acceptedConnections()).isEqualTo(1);
		});
	}

	private String get(ApplicationContext context, WebClient client) {
		return context.getBean(LoopTemplate.class)
			.execute(client.get()
				.uri(this.server.url("/hello"))
				.retrieve()
				.bodyToMono(String.class)
				.map((body) -> body + " on " + Thread.currentThread().getName()));
	}

	static class Service {

		private final WebClient shared;

		private final WebClient forUrlsOfUsers;

		Service(WebClient shared, @Qualifier("clientForUrlsOfUsers") WebClient forUrlsOfUsers) {
			this.shared = shared;
			this.forUrlsOfUsers = forUrlsOfUsers;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ClientForUrlsOfUsers {

		@Bean
		LoopResource<? extends ClientHttpConnector> httpResourceForUrlsOfUsers() {
			HttpClientSettings settings = HttpClientSettings.defaults()
				.withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(10))
				.withInetAddressFilter(InetAddressFilter.externalAddresses()
					.andNot("168.63.129.16", "64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96"));
			return LoopClientHttpConnector.resource((pool) -> pool.maxConnections(10),
					(client, onLoop) -> ClientHttpConnectorBuilder.reactor()
						.withHttpClientFactory(() -> client)
						.withHttpClientCustomizer(onLoop::apply)
						.build(settings));
		}

		@Bean(defaultCandidate = false)
		WebClient clientForUrlsOfUsers(
				@Qualifier("httpResourceForUrlsOfUsers") LoopResource<? extends ClientHttpConnector> resource) {
			return WebClient.builder().clientConnector(new LoopClientHttpConnector(resource)).build();
		}

	}

}
