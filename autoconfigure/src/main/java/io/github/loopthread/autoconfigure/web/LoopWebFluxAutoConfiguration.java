package io.github.loopthread.autoconfigure.web;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;

import io.github.loopthread.LoopThread;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;

/**
 * Auto-configuration for WebFlux servers, from which it stays away but for a warning.
 *
 * @since 1.0.0
 */
@AutoConfiguration(after = LoopAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnBooleanProperty(name = "loop.enabled", matchIfMissing = true)
public final class LoopWebFluxAutoConfiguration {

	// On the class it would be looked for, and loaded, even where the loop is disabled
	@Bean
	@ConditionalOnBean(LoopThread.class)
	ReactiveServerWarning loopReactiveServerWarning() {
		return new ReactiveServerWarning();
	}

}
