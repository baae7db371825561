package io.github.loopthread.autoconfigure.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.resource.ClientResources;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.context.annotation.Bean;
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
@ConditionalOnClass({ RedisClient.class, LettuceConnectionFactory.class, ClientResourcesBuilderCustomizer.class })
@EnableConfigurationProperties(LoopRedisProperties.class)
public final class LoopRedisAutoConfiguration {

	// The loop is given its resources, so a resource must not ask for the loop at once
	@Bean
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
	SmartInitializingSingleton loopRedisCheck(ObjectProvider<ClientResources> clientResources) {
		return new RedisCheck(clientResources);
	}

}
