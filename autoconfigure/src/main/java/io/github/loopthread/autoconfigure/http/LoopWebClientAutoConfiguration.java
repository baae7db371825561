package io.github.loopthread.autoconfigure.http;

import java.time.Duration;

import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.config.EmbeddedValueResolver;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.PropertyMapper;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.autoconfigure.reactive.ClientHttpConnectorBuilderCustomizer;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.boot.http.client.reactive.ReactorClientHttpConnectorBuilder;
import org.springframework.boot.util.LambdaSafe;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Fallback;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;

import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.LoopProperties;
import io.github.loopthread.http.LoopClientHttpConnector;
import io.github.loopthread.http.LoopHttpExchangeAdapter;

/**
 * Auto-configuration for the {@link WebClient} that lives on the loop, and for HTTP
 * interfaces that use it.
 *
 * @since 1.0.0
 */
@AutoConfiguration(after = { LoopAutoConfiguration.class, ReactiveHttpClientAutoConfiguration.class,
		WebClientAutoConfiguration.class })
@ConditionalOnClass({ WebClient.class, HttpClient.class, ReactorClientHttpConnectorBuilder.class,
		WebClientAutoConfiguration.class })
@ConditionalOnBooleanProperty(name = { "loop.enabled", "loop.web-client.enabled" }, matchIfMissing = true)
@EnableConfigurationProperties(LoopWebClientProperties.class)
public final class LoopWebClientAutoConfiguration {

	// Netty's 30 seconds are as long as 'loop.timeout', which would then fire first and
	// not say that the server could not be reached
	private static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(5);

	// A hundred years: the pool's arithmetic cannot do with much more
	private static final Duration FOR_EVER = Duration.ofDays(36_500);

	// Not in a child context either: the loop of its parent opens the parent's resources
	@Bean
	@Order(Ordered.HIGHEST_PRECEDENCE)
	@ConditionalOnMissingBean(value = LoopClientHttpConnector.class, name = "loopHttpResource")
	LoopResource<? extends ClientHttpConnector> loopHttpResource(LoopWebClientProperties properties,
			ObjectProvider<ClientHttpConnectorBuilder<?>> connectorBuilder,
			ObjectProvider<ClientHttpConnectorBuilderCustomizer<?>> customizers,
			ObjectProvider<HttpClientSettings> httpClientSettings, ObjectProvider<LoopSettings> loopSettings,
			ObjectProvider<LoopProperties> loopProperties, Environment environment) {
		properties.check();
		PoolCheck.warn(properties, loopSettings, loopProperties, environment);
		ReactorClientHttpConnectorBuilder builder = reactorBuilder(connectorBuilder, customizers);
		HttpClientSettings settings = httpClientSettings.getIfAvailable(HttpClientSettings::defaults);
		HttpClientSettings bounded = (settings.connectTimeout() != null) ? settings
				: settings.withConnectTimeout(DEFAULT_CONNECT_TIMEOUT);
		return LoopClientHttpConnector.resource((pool) -> configure(pool, properties),
				(client, onLoop) -> builder.withHttpClientFactory(() -> client)
					.withHttpClientCustomizer(onLoop::apply)
					.build(bounded));
	}

	@Bean
	@Fallback
	@Conditional(FallbackCondition.class)
	@ConditionalOnMissingBean(name = "loopWebClient")
	WebClient loopWebClient(LoopWebClientProperties properties, ObjectProvider<WebClient.Builder> webClientBuilder,
			ObjectProvider<LoopClientHttpConnector> connector,
			@Qualifier("loopHttpResource") ObjectProvider<LoopResource<? extends ClientHttpConnector>> resource) {
		properties.check();
		WebClient.Builder builder = webClientBuilder.getIfAvailable(WebClient::builder);
		PropertyMapper.get().from(properties::baseUrl).to(builder::baseUrl);
		// Last, because Spring Boot's own customizer sets a connector too
		return builder
			.clientConnector(connector.getIfAvailable(() -> new LoopClientHttpConnector(resource.getObject())))
			.build();
	}

	@Bean
	@Fallback
	@Conditional(FallbackCondition.class)
	@ConditionalOnSingleCandidate(LoopOperations.class)
	@ConditionalOnMissingBean(name = "loopHttpServiceProxyFactory")
	HttpServiceProxyFactory loopHttpServiceProxyFactory(@Qualifier("loopWebClient") WebClient webClient,
			LoopOperations loop, ConfigurableBeanFactory beanFactory) {
		return LoopHttpExchangeAdapter.proxyFactoryBuilder(webClient, loop)
			.embeddedValueResolver(new EmbeddedValueResolver(beanFactory))
			.build();
	}

	/**
	 * Return Spring Boot's builder, or one like it when the application's own clients use
	 * another library.
	 */
	private ReactorClientHttpConnectorBuilder reactorBuilder(
			ObjectProvider<ClientHttpConnectorBuilder<?>> connectorBuilder,
			ObjectProvider<ClientHttpConnectorBuilderCustomizer<?>> customizers) {
		if (connectorBuilder.getIfAvailable() instanceof ReactorClientHttpConnectorBuilder reactor) {
			return reactor;
		}
		ReactorClientHttpConnectorBuilder builder = ClientHttpConnectorBuilder.reactor();
		for (ClientHttpConnectorBuilderCustomizer<?> customizer : customizers.orderedStream().toList()) {
			builder = customize(builder, customizer);
		}
		return builder;
	}

	@SuppressWarnings("unchecked")
	private ReactorClientHttpConnectorBuilder customize(ReactorClientHttpConnectorBuilder builder,
			ClientHttpConnectorBuilderCustomizer<?> customizer) {
		// Customizers of other builders are passed over
		ReactorClientHttpConnectorBuilder customized = LambdaSafe
			.callback(ClientHttpConnectorBuilderCustomizer.class, customizer, builder)
			.invokeAnd((callback) -> (ReactorClientHttpConnectorBuilder) callback.customize(builder))
			.get(builder);
		return (customized != null) ? customized : builder;
	}

	private static void configure(ConnectionProvider.Builder pool, LoopWebClientProperties properties) {
		pool.maxConnections(properties.maxConnections())
			.pendingAcquireMaxCount(properties.pendingAcquireMaxCount())
			.pendingAcquireTimeout(bounded(properties.pendingAcquireTimeout()))
			.maxIdleTime(bounded(properties.maxIdleTime()));
	}

	private static Duration bounded(Duration duration) {
		return (duration.compareTo(FOR_EVER) < 0) ? duration : FOR_EVER;
	}

}
