package io.github.loopthread.autoconfigure.endpoint;

import org.springframework.beans.factory.config.BeanPostProcessor;

import io.github.loopthread.LoopThread;
import io.github.loopthread.endpoint.LoopEndpoint;

/**
 * Has the tasks of a loop remember requests before anybody brings one.
 */
final class RememberRequestsPostProcessor implements BeanPostProcessor {

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		if (bean instanceof LoopThread loop) {
			LoopEndpoint.rememberRequests(loop);
		}
		return bean;
	}

}
