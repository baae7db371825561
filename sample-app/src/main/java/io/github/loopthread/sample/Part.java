package io.github.loopthread.sample;

import org.jspecify.annotations.Nullable;

import org.springframework.web.client.RestClientResponseException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

/**
 * One part of a page: what its service answered, or why it is missing.
 */
record Part<T>(@Nullable T value, @Nullable String problem) {

	static <T> Part<T> of(T value) {
		return new Part<>(value, null);
	}

	static <T> Part<T> missing(Upstream upstream, Throwable ex) {
		return missing(upstream.path(), ex);
	}

	static <T> Part<T> missing(String service, Throwable ex) {
		return new Part<>(null, "%s: %s".formatted(service, reason(ex)));
	}

	private static String reason(Throwable ex) {
		if (ex instanceof WebClientResponseException response) {
			return "answered with status " + response.getStatusCode().value();
		}
		if (ex instanceof RestClientResponseException response) {
			return "answered with status " + response.getStatusCode().value();
		}
		return "could not be reached, or did not answer in time";
	}

}
