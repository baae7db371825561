package io.github.loopthread.autoconfigure.security;

import java.util.Map;

import reactor.util.context.ContextView;

import io.github.loopthread.HandOverListener;

/**
 * Resolves, on the caller's thread, what Spring Security's filters for {@code WebClient}
 * will ask for in the task.
 * <p>
 * With {@code @EnableWebSecurity}, a Reactor hook of Spring Security puts a map of the
 * authentication, the servlet request and the response into the context of every
 * subscription. The map looks for a value in the thread-locals of the thread that first
 * asks for it, and keeps what it has found. With {@code block()} that is often the
 * caller's thread; here it would be the loop's, which must have none of them. So each
 * value is asked for once before.
 * <p>
 * Where there is no such map this costs one look into the context. Where there is one,
 * the caller's security context gets loaded, if it has not been already. A value that the
 * caller does not have stays absent.
 */
final class SecurityValuesOfCaller implements HandOverListener {

	// As in SecurityReactorContextConfiguration, which keeps it to itself; the filters
	// repeat it too
	private static final String ATTRIBUTES = "org.springframework.security.SECURITY_CONTEXT_ATTRIBUTES";

	@Override
	public void beforeHandOver(ContextView context) {
		if (context.getOrDefault(ATTRIBUTES, null) instanceof Map<?, ?> attributes) {
			for (Object key : attributes.keySet()) {
				attributes.get(key);
			}
		}
	}

}
