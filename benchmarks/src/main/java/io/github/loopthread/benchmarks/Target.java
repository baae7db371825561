package io.github.loopthread.benchmarks;

import java.net.URI;

/**
 * Where the calls go, and what they get.
 */
public record Target(int port, boolean tls, Body body, int delayMillis) {

	/**
	 * How many connections each way may open: what both Spring Boot's {@code WebClient}
	 * and ours do by default.
	 */
	public static final int CONNECTIONS = 500;

	public String host() {
		return "localhost";
	}

	public String baseUrl() {
		return "%s://%s:%d".formatted(this.tls ? "https" : "http", host(), this.port);
	}

	/** Return the path, relative to the base URL and without the id at its end. */
	public String path() {
		return "/%s/%d/".formatted(this.body.path(), this.delayMillis);
	}

	/** Return the path of one of the calls of a fan-out. */
	public String path(int call) {
		return path() + id(call);
	}

	/** Return the whole URI of one of the calls of a fan-out. */
	public URI uri(int call) {
		return URI.create(baseUrl() + path(call));
	}

	public static int id(int call) {
		return call % Body.IDS;
	}

}
