package io.github.loopthread.autoconfigure.http;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.StringUtils;
import org.springframework.web.util.InvalidUrlException;
import org.springframework.web.util.UriComponents;
import org.springframework.web.util.UriComponentsBuilder;

import io.github.loopthread.autoconfigure.PropertyRules;

/**
 * Configuration properties for the shared WebClient.
 *
 * @param enabled whether to create the shared WebClient
 * @param baseUrl URL to which relative ones are resolved
 * @param maxConnections maximum number of connections to each host
 * @param pendingAcquireMaxCount maximum number of requests that wait for a connection to
 * one host; -1 for no limit
 * @param pendingAcquireTimeout maximum time a request waits for a connection
 * @param maxIdleTime time after which an idle connection is not used again
 * @since 1.0.0
 */
@ConfigurationProperties("loop.web-client")
public record LoopWebClientProperties(@DefaultValue("true") boolean enabled, @Nullable String baseUrl,
		@DefaultValue("500") int maxConnections, @DefaultValue("1000") int pendingAcquireMaxCount,
		@DefaultValue("10s") Duration pendingAcquireTimeout, @DefaultValue("20s") Duration maxIdleTime) {

	void check() {
		PropertyRules.check("loop.web-client.base-url", String.valueOf(this.baseUrl),
				this.baseUrl == null || isUrl(this.baseUrl),
				"It must be a URL with scheme and host, such as 'https://api.example'.");
		PropertyRules.positive("loop.web-client.max-connections", this.maxConnections);
		PropertyRules.check("loop.web-client.pending-acquire-max-count", this.pendingAcquireMaxCount,
				this.pendingAcquireMaxCount >= 1 || this.pendingAcquireMaxCount == -1,
				"It must be at least 1, or -1 for no limit.");
		PropertyRules.positive("loop.web-client.pending-acquire-timeout", this.pendingAcquireTimeout);
		PropertyRules.positive("loop.web-client.max-idle-time", this.maxIdleTime);
	}

	/**
	 * Return whether a WebClient can resolve relative URLs to it, with the parser that it
	 * uses itself: a URI of the JDK has neither variables nor hosts with an underscore.
	 */
	private static boolean isUrl(String text) {
		try {
			UriComponents url = UriComponentsBuilder.fromUriString(text).build();
			return url.getScheme() != null && url.getScheme().matches("(?i)https?")
					&& StringUtils.hasText(url.getHost()) && url.getPort() <= 65535;
		}
		catch (InvalidUrlException | IllegalStateException ex) {
			return false;
		}
	}

}
