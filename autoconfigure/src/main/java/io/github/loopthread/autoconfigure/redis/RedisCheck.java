package io.github.loopthread.autoconfigure.redis;

import java.util.List;

import io.lettuce.core.resource.ClientResources;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;

import io.github.loopthread.redis.LettuceLoopResource;

/**
 * Says so when Redis was to be on the loop and is not.
 */
final class RedisCheck implements SmartInitializingSingleton {

	private static final Log logger = LogFactory.getLog(RedisCheck.class);

	private final ObjectProvider<ClientResources> clientResources;

	RedisCheck(ObjectProvider<ClientResources> clientResources) {
		this.clientResources = clientResources;
	}

	@Override
	public void afterSingletonsInstantiated() {
		List<ClientResources> all = this.clientResources.stream().toList();
		if (all.isEmpty()) {
			logger.warn("'loop.redis.enabled' has no effect: the application has no ClientResources of Lettuce. "
					+ "Set 'spring.data.redis.client-type' to 'lettuce'");
		}
		else if (all.stream().noneMatch(LettuceLoopResource::isAppliedTo)) {
			logger.warn("'loop.redis.enabled' has no effect: the application has ClientResources of its own. "
					+ "Apply the bean 'loopRedisResource' to their builder, or remove them");
		}
	}

}
