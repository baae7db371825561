package io.github.loopthread.sample;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ChannelBindException;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The services behind the shop: a real HTTP server on a port of its own, with its own
 * threads, as if it ran elsewhere.
 */
@Component
class UpstreamServer implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(UpstreamServer.class);

	private static final Duration SLOW = Duration.ofSeconds(3);

	private final int port;

	private final Map<Upstream, UpstreamMode> modes = Collections.synchronizedMap(new EnumMap<>(Upstream.class));

	private volatile @Nullable LoopResources threads;

	private volatile @Nullable DisposableServer server;

	UpstreamServer(SampleProperties properties) {
		this.port = properties.upstreamPort();
		for (Upstream upstream : Upstream.values()) {
			this.modes.put(upstream, UpstreamMode.NORMAL);
		}
	}

	Map<Upstream, UpstreamMode> modes() {
		return this.modes;
	}

	@Override
	public void start() {
		LoopResources threads = LoopResources.create("upstream", 1, true);
		this.threads = threads;
		HttpServer server = HttpServer.create().runOn(threads).host("localhost").port(this.port).route((routes) -> {
			for (Upstream upstream : Upstream.values()) {
				routes.get("/%s/{id}".formatted(upstream.path()),
						(request, response) -> answer(upstream, request, response));
			}
			routes.get("/page.html", (request, response) -> response.header("Content-Type", "text/html")
				.sendString(Mono.just("<!doctype html>\n<title>A web page</title>\n<p>This is its source text.\n")));
		});
		try {
			this.server = server.bindNow(Duration.ofSeconds(5));
		}
		catch (ChannelBindException ex) {
			logger.error(("The services behind the shop did not start: port %d is in use. The shop runs without them. "
					+ "Choose another port with --sample.upstream-port")
				.formatted(this.port));
		}
	}

	@Override
	public void stop() {
		DisposableServer server = this.server;
		if (server != null) {
			server.disposeNow(Duration.ofSeconds(5));
			this.server = null;
		}
		LoopResources threads = this.threads;
		if (threads != null) {
			// With a quiet period of zero Netty may leave connections open
			threads.disposeLater(Duration.ofMillis(1), Duration.ofSeconds(5)).block();
			this.threads = null;
		}
	}

	@Override
	public boolean isRunning() {
		return this.threads != null;
	}

	@Override
	public boolean isPauseable() {
		// What runs elsewhere is not paused with us
		return false;
	}

	@Override
	public int getPhase() {
		// The loop, in phase -1024, starts later and stops earlier: its tasks call us
		return -2048;
	}

	private Publisher<Void> answer(Upstream upstream, HttpServerRequest request, HttpServerResponse response) {
		String json = upstream.json(request.param("id"));
		response.header("Content-Type", "application/json");
		return switch (this.modes.get(upstream)) {
			case NORMAL -> response.sendString(later(upstream, upstream.latency(), json));
			case SLOW -> response.sendString(later(upstream, upstream.latency().plus(SLOW), json));
			case BROKEN -> response.status(500).send();
			case TRUNCATED ->
				response.sendString(Flux.just(json.substring(0, json.length() / 2))).then(hangUp(request)).then();
			case DOWN -> hangUp(request);
		};
	}

	private static Mono<String> later(Upstream upstream, Duration latency, String json) {
		return Mono.delay(latency)
			.doOnCancel(() -> logger.info("%s: the shop has hung up before the answer".formatted(upstream.path())))
			.thenReturn(json);
	}

	private static Mono<Void> hangUp(HttpServerRequest request) {
		return Mono.fromRunnable(() -> request.withConnection((connection) -> connection.channel().close()));
	}

}
