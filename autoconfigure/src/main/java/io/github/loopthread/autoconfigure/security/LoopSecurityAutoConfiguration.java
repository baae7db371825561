package io.github.loopthread.autoconfigure.security;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;

/**
 * Auto-configuration for Spring Security's support for {@code WebClient} in servlet
 * applications: its filters for OAuth2 clients and bearer tokens find the caller's
 * authentication, request and response also in a task on the loop.
 *
 * @since 1.0.0
 */
@AutoConfiguration
@ConditionalOnClass(EnableWebSecurity.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBooleanProperty(name = "loop.enabled", matchIfMissing = true)
public final class LoopSecurityAutoConfiguration {

	@Bean
	SecurityValuesOfCaller loopSecurityValuesOfCaller() {
		return new SecurityValuesOfCaller();
	}

	@Bean
	CopiedSecurityContextAccessor loopSecurityContextAccessor() {
		return new CopiedSecurityContextAccessor();
	}

}
