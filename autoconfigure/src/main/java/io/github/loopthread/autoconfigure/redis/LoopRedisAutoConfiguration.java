package io.github.loopthread.autoconfigure.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.resource.ClientResources;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.NoneNestedConditions;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import io.github.loopthread.LoopThread;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.redis.LettuceLoopResource;

/**
 * Auto-configuration for Redis on the loop.
 *
 * @since 1.0.0
 */
@AutoConfiguration(after = LoopAutoConfiguration.class, before = DataRedisAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "loop.enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty("loop.redis.enabled")
@EnableConfigurationProperties(LoopRedisProperties.class)
public final class LoopRedisAutoConfiguration {

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ RedisClient.class, LettuceConnectionFactory.class, ClientResourcesBuilderCustomizer.class })
	@ImportRuntimeHints(LoopRedisRuntimeHints.class)
	static class LettuceConfiguration {

		// First, so that other resources find Redis connected when they open. The loop is
		// given its resources, so a resource must not ask for the loop at once
		@Bean
		@Order(Ordered.HIGHEST_PRECEDENCE)
		@ConditionalOnMissingBean(name = "loopRedisResource")
		LettuceLoopResource loopRedisResource(ObjectProvider<LoopThread> loopThread) {
			return new LettuceLoopResource(loopThread::getObject);
		}

		// First, so that what an application customizes itself wins
		@Bean
		@Order(Ordered.HIGHEST_PRECEDENCE)
		ClientResourcesBuilderCustomizer loopRedisClientResourcesCustomizer(LettuceLoopResource loopRedisResource) {
			return loopRedisResource::applyTo;
		}

		@Bean
		static LettuceConnectionFactoryPostProcessor loopRedisConnectionFactoryPostProcessor() {
			return new LettuceConnectionFactoryPostProcessor();
		}

		@Bean
		RedisCheck loopRedisCheck(ObjectProvider<ClientResources> clientResources) {
			return new RedisCheck(clientResources);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Conditional(LettuceIsMissing.class)
	static class MissingConfiguration {

		MissingConfiguration() {
			LogFactory.getLog(LoopRedisAutoConfiguration.class)
				.warn("'loop.redis.enabled' has no effect: it needs spring-boot-starter-data-redis and Lettuce");
		}

	}

	static final class LettuceIsMissing extends NoneNestedConditions {

		LettuceIsMissing() {
			super(ConfigurationPhase.PARSE_CONFIGURATION);
		}

		@ConditionalOnClass({ RedisClient.class, LettuceConnectionFactory.class,
				ClientResourcesBuilderCustomizer.class })
		static final class LettuceIsThere {

		}

	}

}
