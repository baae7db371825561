package io.github.loopthread.autoconfigure.security;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

import reactor.core.publisher.Mono;

import io.github.loopthread.TestServer;

/**
 * An authorization server with a token endpoint. A token says for which client and user
 * it is, and how many of that kind there have been: {@code shop:ada#1}.
 */
final class TestAuthorizationServer implements AutoCloseable {

	private final Map<String, AtomicInteger> issued = new ConcurrentHashMap<>();

	private volatile Duration validityOfUsersTokens = Duration.ofHours(1);

	private final TestServer server = TestServer.start((routes) -> routes.post("/token",
			(request, response) -> response.header("Content-Type", "application/json")
				.sendString(request.receive()
					.aggregate()
					.asString()
					.map((body) -> answer(client(request.requestHeaders().get("Authorization")), form(body)))
					.switchIfEmpty(Mono.error(new IllegalStateException("No body"))))));

	String tokenUri() {
		return this.server.url("/token");
	}

	void setValidityOfUsersTokens(Duration validity) {
		this.validityOfUsersTokens = validity;
	}

	int issued() {
		return this.issued.values().stream().mapToInt(AtomicInteger::get).sum();
	}

	void reset() {
		this.issued.clear();
		this.validityOfUsersTokens = Duration.ofHours(1);
	}

	static String refreshToken(String user) {
		return "refresh-of-" + user;
	}

	private String answer(String client, Map<String, String> form) {
		String user = form.getOrDefault("refresh_token", "-").replace(refreshToken(""), "");
		String kind = client + ":" + user;
		int number = this.issued.computeIfAbsent(kind, (key) -> new AtomicInteger()).incrementAndGet();
		Duration validity = form.containsKey("refresh_token") ? this.validityOfUsersTokens : Duration.ofHours(1);
		return "{\"access_token\": \"%s#%d\", \"token_type\": \"Bearer\", \"expires_in\": %d}".formatted(kind, number,
				validity.toSeconds());
	}

	private static String client(String basic) {
		String decoded = new String(Base64.getDecoder().decode(basic.substring("Basic ".length())),
				StandardCharsets.UTF_8);
		return decoded.substring(0, decoded.indexOf(':'));
	}

	private static Map<String, String> form(String body) {
		return Arrays.stream(body.split("&"))
			.map((field) -> field.split("=", 2))
			.collect(Collectors.toMap((field) -> field[0],
					(field) -> URLDecoder.decode(field[1], StandardCharsets.UTF_8)));
	}

	@Override
	public void close() {
		this.server.close();
	}

}
