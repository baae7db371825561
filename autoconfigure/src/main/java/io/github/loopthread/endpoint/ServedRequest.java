package io.github.loopthread.endpoint;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import org.springframework.web.context.request.RequestAttributes;
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
			// Refused when the request has ended. Its object may be another one's by then
			attributes.getAttribute(ServedRequest.class.getName(), RequestAttributes.SCOPE_REQUEST);
			HttpServletRequest request = attributes.getRequest();
			return new ServedRequest(request.getMethod(), request.getRequestURI());
		}
		catch (IllegalStateException ex) {
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
