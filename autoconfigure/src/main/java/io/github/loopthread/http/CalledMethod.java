package io.github.loopthread.http;

import java.lang.reflect.Method;

import org.jspecify.annotations.Nullable;

import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodParameter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.util.Assert;
import org.springframework.web.service.invoker.HttpRequestValues;

/**
 * The method of an HTTP interface that is called. Its adapter is given the values of the
 * request alone, so it travels among them, as an attribute.
 */
record CalledMethod(Method method) {

	private static final String ATTRIBUTE = CalledMethod.class.getName();

	/**
	 * Add the method to the values of its request.
	 */
	static void addTo(Method method, MethodParameter[] parameters, @Nullable Object[] arguments,
			HttpRequestValues.Builder values) {
		values.addAttribute(ATTRIBUTE, new CalledMethod(method));
	}

	static CalledMethod of(HttpRequestValues values) {
		Object method = values.getAttributes().get(ATTRIBUTE);
		Assert.state(method instanceof CalledMethod,
				() -> ("Which method was called is not known: request attribute '%s' is missing. "
						+ "Whoever changes the attributes must leave it among them")
					.formatted(ATTRIBUTE));
		return (CalledMethod) method;
	}

	String taskName() {
		return "%s.%s".formatted(this.method.getDeclaringClass().getSimpleName(), this.method.getName());
	}

	/**
	 * Return whether the caller waits for the outcome: neither the return type nor a
	 * coroutine does it otherwise.
	 */
	boolean waits(ReactiveAdapterRegistry registry) {
		return !KotlinDetector.isSuspendingFunction(this.method)
				&& registry.getAdapter(this.method.getReturnType()) == null;
	}

}
