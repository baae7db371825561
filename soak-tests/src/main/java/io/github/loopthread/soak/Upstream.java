package io.github.loopthread.soak;

import java.time.Duration;

import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;
import org.reactivestreams.Publisher;

/**
 * The server that is called. Each answer can be told from every other.
 */
final class Upstream implements AutoCloseable {

	private static final String FILLER = "0123456789abcdef".repeat(64);

	private static final Duration USUAL = Duration.ofMillis(5);

	// More than any caller waits
	private static final Duration SLOW = Duration.ofSeconds(5);

	private final LoopResources threads = LoopResources.create("upstream", 1, true);

	private final DisposableServer server = HttpServer.create()
		.runOn(this.threads)
		.host("127.0.0.1")
		.port(0)
		.route((routes) -> routes.get("/item/{id}", (request, response) -> answer(request, response, USUAL))
			.get("/slow/{id}", (request, response) -> answer(request, response, SLOW)))
		.bindNow(Duration.ofSeconds(10));

	int port() {
		return this.server.port();
	}

	/**
	 * Return the answer to the call with an ID.
	 */
	static String body(String id) {
		return id + ':' + FILLER;
	}

	private static Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response, Duration delay) {
		String body = body(String.valueOf(request.param("id")));
		response.header("Content-Type", "text/plain").header("Content-Length", String.valueOf(body.length()));
		return Mono.delay(delay).then(response.sendString(Mono.just(body)).then());
	}

	@Override
	public void close() {
		this.server.disposeNow(Duration.ofSeconds(10));
		this.threads.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block();
	}

}
