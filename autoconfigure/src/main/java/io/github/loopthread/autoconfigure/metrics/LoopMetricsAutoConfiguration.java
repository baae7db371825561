package io.github.loopthread.autoconfigure.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import reactor.netty.http.client.HttpClient;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.reactive.ClientHttpConnector;

import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopThread;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;
import io.github.loopthread.http.LoopClientHttpConnector;
import io.github.loopthread.metrics.LoopMetrics;

/**
 * Auto-configuration for {@link LoopMetrics} and for meters of the shared client's
 * connections. Spring Boot binds them when every bean is there, so that a registry may
 * itself use the loop.
 *
 * @since 1.0.0
 */
@AutoConfiguration(after = { LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class },
		afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterBinder.class)
@ConditionalOnBooleanProperty(name = "loop.enabled", matchIfMissing = true)
@ConditionalOnBean(MeterRegistry.class)
public final class LoopMetricsAutoConfiguration {

	// On the class it would be looked for, and loaded, even where the loop is disabled
	@Bean
	@ConditionalOnSingleCandidate(LoopThread.class)
	@ConditionalOnMissingBean
	LoopMetrics loopMetrics(LoopThread loopThread) {
		return new LoopMetrics(loopThread);
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ ClientHttpConnector.class, HttpClient.class })
	@ConditionalOnBean(name = "loopHttpResource")
	static class ConnectionConfiguration {

		// Not in a child context: the parent's are of the same connections
		@Bean
		@ConditionalOnSingleCandidate(LoopThread.class)
		@ConditionalOnMissingBean(name = "loopConnectionMetrics")
		ConnectionMetrics loopConnectionMetrics(LoopThread loopThread,
				@Qualifier("loopHttpResource") LoopResource<? extends ClientHttpConnector> loopHttpResource) {
			// Of all connectors that use the resource, as they have no connections
			// themselves
			return new ConnectionMetrics(loopThread.getName(), new LoopClientHttpConnector(loopHttpResource));
		}

	}

}
