package io.github.loopthread.autoconfigure.context;

import java.util.ArrayList;
import java.util.List;

import io.micrometer.context.ThreadLocalAccessor;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.context.i18n.LocaleContextThreadLocalAccessor;
import org.springframework.util.ClassUtils;
import org.springframework.web.context.request.RequestAttributesThreadLocalAccessor;

/**
 * Configuration properties for what travels with a task, besides what registers itself
 * with Micrometer's context propagation.
 *
 * @param mdc whether the entries of the MDC travel with a task
 * @param locale whether the locale and time zone travel with a task
 * @param requestAttributes whether a snapshot of the request's attributes travels with a
 * task
 * @since 1.0.0
 */
@ConfigurationProperties("loop.context")
public record LoopContextProperties(@DefaultValue("true") boolean mdc, @DefaultValue("true") boolean locale,
		@DefaultValue("false") boolean requestAttributes) {

	List<ThreadLocalAccessor<?>> accessors() {
		List<ThreadLocalAccessor<?>> accessors = new ArrayList<>();
		if (this.mdc && isPresent("org.slf4j.MDC")) {
			accessors.add(new Slf4jThreadLocalAccessor());
		}
		if (this.locale) {
			accessors.add(new LocaleContextThreadLocalAccessor());
		}
		if (this.requestAttributes && isPresent("org.springframework.web.context.request.RequestContextHolder")
				&& isPresent("jakarta.servlet.http.HttpServletRequest")) {
			accessors.add(new RequestAttributesThreadLocalAccessor());
		}
		return accessors;
	}

	private static boolean isPresent(String className) {
		return ClassUtils.isPresent(className, LoopContextProperties.class.getClassLoader());
	}

}
