package io.github.loopthread.autoconfigure.security;

import jakarta.servlet.http.HttpServletRequest;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;

/**
 * Auto-configuration for Spring Security's support for {@code WebClient} in servlet
 * applications: its filters for OAuth2 clients and bearer tokens find the caller's
 * authentication, request and response also in a task on the loop. That may be the loop
 * of a parent context, which is no servlet application itself.
 *
 * @since 1.0.0
 */
@AutoConfiguration
@ConditionalOnClass({ EnableWebSecurity.class, HttpServletRequest.class })
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
