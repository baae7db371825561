package io.github.loopthread;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.X509Bundle;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRoutes;
import reactor.netty.resources.LoopResources;

/**
 * A real HTTP server on a loopback port, with threads of its own. Counts the connections
 * it has accepted and those that are open.
 */
public final class TestServer implements AutoCloseable {

	private final LoopResources loopResources = LoopResources.create("test-server", 1, true);

	private final Set<Channel> open = ConcurrentHashMap.newKeySet();

	private final AtomicInteger accepted = new AtomicInteger();

	private final DisposableServer server;

	private TestServer(Consumer<? super HttpServerRoutes> routes, UnaryOperator<HttpServer> customizer) {
		this.server = customizer.apply(HttpServer.create())
			.runOn(this.loopResources)
			.host("127.0.0.1")
			.port(0)
			.doOnConnection((connection) -> {
				Channel channel = connection.channel();
				// Told of every request, not only of the first on a connection
				if (this.open.add(channel)) {
					this.accepted.incrementAndGet();
					channel.closeFuture().addListener((closed) -> this.open.remove(channel));
				}
			})
			.route(routes)
			.bindNow(Duration.ofSeconds(10));
	}

	public static TestServer start(Consumer<? super HttpServerRoutes> routes) {
		return new TestServer(routes, UnaryOperator.identity());
	}

	public static TestServer startTls(X509Bundle certificate, Consumer<? super HttpServerRoutes> routes)
			throws Exception {
		SslContext context = SslContextBuilder.forServer(certificate.toKeyManagerFactory()).build();
		return new TestServer(routes, (server) -> server.secure((spec) -> spec.sslContext(context)));
	}

	public int port() {
		return this.server.port();
	}

	public String url(String path) {
		return "http://127.0.0.1:%d%s".formatted(port(), path);
	}

	public int acceptedConnections() {
		return this.accepted.get();
	}

	public int openConnections() {
		return this.open.size();
	}

	@Override
	public void close() {
		this.server.disposeNow(Duration.ofSeconds(10));
		// With a quiet period of zero Netty may leave connections open
		this.loopResources.disposeLater(Duration.ofMillis(1), Duration.ofSeconds(10)).block();
	}

}
