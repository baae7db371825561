package io.github.loopthread.autoconfigure.web;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Auto-configuration for the HTTP statuses of our exceptions in Spring MVC, where any
 * handler of the application's own comes first, and for scopes that a request leaves
 * open.
 *
 * @since 1.0.0
 */
@AutoConfiguration(afterName = "org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration")
@ConditionalOnClass(DispatcherServlet.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBooleanProperty(name = "loop.enabled", matchIfMissing = true)
public final class LoopWebMvcAutoConfiguration {

	@Bean
	ForgottenScopesListener loopForgottenScopesListener() {
		return new ForgottenScopesListener();
	}

	@Bean
	@ConditionalOnBean(name = DispatcherServlet.HANDLER_EXCEPTION_RESOLVER_BEAN_NAME)
	LoopStatusExceptionResolver loopStatusExceptionResolver(
			@Qualifier(DispatcherServlet.HANDLER_EXCEPTION_RESOLVER_BEAN_NAME) HandlerExceptionResolver resolver) {
		return new LoopStatusExceptionResolver(resolver);
	}

}
