package io.github.loopthread.http;

import java.net.URI;

import reactor.netty.http.client.HttpClientRequest;

import org.springframework.http.client.reactive.ClientHttpRequest;

/**
 * Tells of a request to where, and to what, a redirect has changed it.
 */
final class RedirectedRequest {

	private RedirectedRequest() {
	}

	/**
	 * Return whether it goes to another place than its caller meant. Reactor Netty then
	 * takes away the header with credentials, and the one with cookies, but not the
	 * cookies that Spring gives to it as such.
	 */
	static boolean isElsewhere(ClientHttpRequest request) {
		if (!(request.getNativeRequest() instanceof HttpClientRequest redirected)) {
			return false;
		}
		String[] from = redirected.redirectedFrom();
		if (from.length == 0) {
			return false;
		}
		// Put together each time it is asked for
		String to = redirected.resourceUrl();
		return to == null || !origin(from[0]).equalsIgnoreCase(origin(to));
	}

	/**
	 * Return whether the response to a request of another method has led to it, as a 303
	 * does.
	 */
	static boolean isSeeOther(ClientHttpRequest request) {
		return request.getNativeRequest() instanceof HttpClientRequest redirected
				&& !redirected.method().name().equals(request.getMethod().name());
	}

	private static String origin(String url) {
		URI uri = URI.create(url);
		return uri.getScheme() + "://" + uri.getRawAuthority();
	}

}
