package io.github.loopthread.http;

import java.net.URI;

import io.netty.handler.codec.http.HttpMethod;
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
	 * Return whether it is the {@code GET} to which the response to a request of another
	 * method has led.
	 */
	static boolean isSeeOther(ClientHttpRequest request) {
		return request.getNativeRequest() instanceof HttpClientRequest redirected
				&& redirected.method().equals(HttpMethod.GET)
				&& !request.getMethod().equals(org.springframework.http.HttpMethod.GET);
	}

	private static String origin(String url) {
		URI uri = URI.create(url);
		return uri.getScheme() + "://" + uri.getRawAuthority();
	}

}
