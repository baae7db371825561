package io.github.loopthread.autoconfigure.redis;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.lettuce.core.resource.ClientResources;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import io.github.loopthread.redis.LettuceLoopResource;

/**
 * Replaces the connection factories whose connections are on the loop, before they are
 * initialized.
 */
final class LettuceConnectionFactoryPostProcessor implements DestructionAwareBeanPostProcessor {

	private static final Log logger = LogFactory.getLog(LettuceConnectionFactoryPostProcessor.class);

	// The context destroys the objects that it has made
	private final Map<Object, LoopLettuceConnectionFactory> replaced = new ConcurrentHashMap<>();

	@Override
	public Object postProcessBeforeInitialization(Object bean, String beanName) {
		if (!(bean instanceof LettuceConnectionFactory factory) || !isOnLoop(factory)) {
			return bean;
		}
		if (bean.getClass() != LettuceConnectionFactory.class) {
			logger.warn(("Redis connections of bean '%s' are on the loop, but its class %s cannot be replaced: a "
					+ "synchronous call on the loop thread is not refused, and a reactive one that has to connect "
					+ "first blocks it")
				.formatted(beanName, bean.getClass().getName()));
			return bean;
		}
		return this.replaced.computeIfAbsent(bean, (key) -> LoopLettuceConnectionFactory.like(factory));
	}

	@Override
	public boolean requiresDestruction(Object bean) {
		return this.replaced.containsKey(bean);
	}

	@Override
	public void postProcessBeforeDestruction(Object bean, String beanName) {
		LoopLettuceConnectionFactory factory = this.replaced.remove(bean);
		if (factory != null) {
			factory.destroy();
		}
	}

	private static boolean isOnLoop(LettuceConnectionFactory factory) {
		ClientResources resources = factory.getClientResources();
		return resources != null && LettuceLoopResource.isAppliedTo(resources);
	}

}
