package io.github.loopthread.examples;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;

import io.netty.handler.codec.http.HttpResponseStatus;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

import io.github.loopthread.TestServer;

/**
 * Three services on a real server: of products, which answers at once, of stock, which
 * never does, and of reviews, which is broken. Keeps account of what it is asked.
 */
final class ThreeServices implements AutoCloseable {

	static final int PRODUCT = 7;

	/**
	 * Of this one the stock is broken too.
	 */
	static final int WITH_TWO_BROKEN = 8;

	/**
	 * Of this one there is no stock, and reviews.
	 */
	static final int WITHOUT_STOCK = 9;

	private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();

	private final AtomicInteger unanswered = new AtomicInteger();

	private final Queue<String> users = new ConcurrentLinkedQueue<>();

	private final TestServer server = TestServer
		.start((routes) -> routes.get("/products/{id}", counted("product", (id, response) -> json(response, """
				{"name": "Pen"}"""))).get("/stock/{id}", counted("stock", (id, response) -> switch (id) {
			case WITH_TWO_BROKEN -> broken(response);
			case WITHOUT_STOCK -> response.status(HttpResponseStatus.NO_CONTENT).send();
			default -> never(response);
		}))
			.get("/reviews/{id}",
					counted("reviews", (id, response) -> (id != WITHOUT_STOCK) ? broken(response) : json(response, """
							{"texts": ["Writes."]}"""))));

	String url() {
		return this.server.url("");
	}

	/**
	 * Count anew.
	 */
	void forget() {
		this.asked.clear();
		this.users.clear();
	}

	/**
	 * Return how often a service was asked.
	 */
	int asked(String service) {
		return this.asked.getOrDefault(service, new AtomicInteger()).get();
	}

	/**
	 * Return how many requests wait for an answer, and their clients with them: those
	 * whose connection has been closed do not.
	 */
	int unanswered() {
		return this.unanswered.get();
	}

	/**
	 * Return the header {@code X-User} of each request, if it had one.
	 */
	List<String> users() {
		return List.copyOf(this.users);
	}

	int openConnections() {
		return this.server.openConnections();
	}

	@Override
	public void close() {
		this.server.close();
	}

	private BiFunction<HttpServerRequest, HttpServerResponse, Publisher<Void>> counted(String service,
			BiFunction<Integer, HttpServerResponse, Publisher<Void>> answer) {
		return (request, response) -> {
			String user = request.requestHeaders().get("X-User");
			if (user != null) {
				this.users.add(user);
			}
			this.asked.computeIfAbsent(service, (key) -> new AtomicInteger()).incrementAndGet();
			return answer.apply(Integer.valueOf(String.valueOf(request.param("id"))), response);
		};
	}

	private Publisher<Void> never(HttpServerResponse response) {
		return response.withConnection((connection) -> {
			this.unanswered.incrementAndGet();
			connection.channel().closeFuture().addListener((closed) -> this.unanswered.decrementAndGet());
		}).sendString(Mono.never());
	}

	private static Publisher<Void> json(HttpServerResponse response, String body) {
		return response.header("Content-Type", "application/json").sendString(Mono.just(body));
	}

	private static Publisher<Void> broken(HttpServerResponse response) {
		return response.status(HttpResponseStatus.INTERNAL_SERVER_ERROR).sendString(Mono.just("broken"));
	}

}
