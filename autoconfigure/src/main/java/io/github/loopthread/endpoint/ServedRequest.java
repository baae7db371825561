package io.github.loopthread.endpoint;

import org.jspecify.annotations.Nullable;

import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * The HTTP request that a thread serves. Cheap to remember; what costs is writing it.
 *
 * @param method the method
 * @param uri the path as it was sent: without a query, but with what follows semicolons
 */
record ServedRequest(String method, String uri) {

	/**
	 * Return the request that the calling thread serves, {@code null} if it serves none.
	 * A thread of the application's own shows one only if the application has given it
	 * the request's attributes.
	 */
	static @Nullable ServedRequest current() {
		if (!(RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes)) {
			return null;
		}
		try {
			String method = attributes.getRequest().getMethod();
			String uri = attributes.getRequest().getRequestURI();
			return (method != null && uri != null) ? new ServedRequest(method, uri) : null;
		}
		catch (IllegalStateException ex) {
			// It has ended, and the container has taken its object back
			return null;
		}
	}

	/**
	 * Return method and path, without path parameters: a session's id is one.
	 */
	@Override
	public String toString() {
		return this.method + " " + this.uri.replaceAll(";[^/]*", "");
	}

}
