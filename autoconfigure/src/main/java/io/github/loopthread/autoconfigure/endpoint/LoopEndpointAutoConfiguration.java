package io.github.loopthread.autoconfigure.endpoint;

import jakarta.servlet.http.HttpServletRequest;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.context.request.RequestContextHolder;

import io.github.loopthread.LoopThread;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.endpoint.LoopEndpoint;

/**
 * Auto-configuration for {@link LoopEndpoint}, if it is exposed.
 *
 * @since 1.0.0
 */
@AutoConfiguration(after = LoopAutoConfiguration.class)
@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
@ConditionalOnBooleanProperty(name = "loop.enabled", matchIfMissing = true)
@ConditionalOnAvailableEndpoint(LoopEndpoint.class)
public final class LoopEndpointAutoConfiguration {

	// On the class it would be looked for, and loaded, even where the loop is disabled
	@Bean
	@ConditionalOnSingleCandidate(LoopThread.class)
	@ConditionalOnMissingBean
	LoopEndpoint loopEndpoint(LoopThread loopThread) {
		return new LoopEndpoint(loopThread);
	}

	// Tasks pay for it, so only where somebody can read it
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ RequestContextHolder.class, HttpServletRequest.class })
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	static class ServletConfiguration {

		/**
		 * In each context: the loop may be that of a parent that serves no requests.
		 */
		@Bean
		@ConditionalOnSingleCandidate(LoopThread.class)
		SmartInitializingSingleton loopRememberRequests(LoopThread loopThread) {
			return () -> LoopEndpoint.rememberRequests(loopThread);
		}

	}

}
