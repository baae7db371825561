package io.github.loopthread.autoconfigure.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

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

	static final String BASE_URL = "loop.web-client.base-url";

	private static final int MAX_PORT = 65_535;

	private static final Pattern USER_INFO = Pattern.compile("^(\\w+://)?.*@", Pattern.DOTALL);

	void check() {
		PropertyRules.check(BASE_URL, withoutUserInfo(String.valueOf(this.baseUrl)),
				this.baseUrl == null || isUrl(this.baseUrl),
				"It must be a URL with scheme and host, such as 'https://api.example', and no underscore in the host.");
		PropertyRules.positive("loop.web-client.max-connections", this.maxConnections);
		PropertyRules.check("loop.web-client.pending-acquire-max-count", this.pendingAcquireMaxCount,
				this.pendingAcquireMaxCount >= 1 || this.pendingAcquireMaxCount == -1,
				"It must be at least 1, or -1 for no limit.");
		PropertyRules.positive("loop.web-client.pending-acquire-timeout", this.pendingAcquireTimeout);
		PropertyRules.positive("loop.web-client.max-idle-time", this.maxIdleTime);
	}

	/**
	 * Return a URL as it may be shown. As the URL may be no URL, all that is before the
	 * last {@code @} may be part of a password.
	 */
	private static String withoutUserInfo(String url) {
		return USER_INFO.matcher(url).replaceFirst("$1******@");
	}

	private static boolean isUrl(String text) {
		try {
			// It may have variables, whose values are not known here
			URI uri = new URI(text.replaceAll("\\{[^{}]*}", "0"));
			boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
			return http && uri.getHost() != null && uri.getPort() <= MAX_PORT;
		}
		catch (URISyntaxException ex) {
			return false;
		}
	}

}
