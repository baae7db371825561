package io.github.loopthread.examples;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.TestServer;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * The code of {@code docs/streams.md}.
 */
@Timeout(60)
class StreamExampleTests {

	private static final int ORDERS = 5000;

	private final TestServer server = TestServer.start((routes) -> routes.get("/orders",
			(request, response) -> response.header("Content-Type", "application/x-ndjson")
				.sendString(Flux.range(0, ORDERS).map("{\"id\": %d, \"total\": 10}\n"::formatted))));

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class))
		.withPropertyValues("loop.web-client.base-url=" + this.server.url(""));

	@AfterEach
	void leaveNothing() {
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
		this.server.close();
		LoopThreads.assertNone("loop");
	}

	@Test
	void everyOrderIsStored() {
		List<Order> stored = new ArrayList<>();
		this.contextRunner.run((context) -> {
			Import orders = new Import(context.getBean(LoopTemplate.class), context.getBean(WebClient.class),
					stored::add);
			orders.run();
			assertThat(stored).hasSize(ORDERS);
			assertThat(orders.total(100)).isEqualTo(1000);
		});
	}

	@Test
	void failureOfStoreEndsImport() {
		this.contextRunner.run((context) -> assertThatIllegalStateException().isThrownBy(
				() -> new Import(context.getBean(LoopTemplate.class), context.getBean(WebClient.class), (order) -> {
					throw new IllegalStateException("disk full");
				}).run())
			.withMessage("disk full"));
	}

	static class Import {

		private final LoopOperations loop;

		private final WebClient client;

		private final Store store;

		Import(LoopOperations loop, WebClient client, Store store) {
			this.loop = loop;
			this.client = client;
			this.store = store;
		}

		void run() {
			Flux<Order> orders = this.client.get().uri("/orders").retrieve().bodyToFlux(Order.class);
			try (Stream<Order> stream = this.loop.withName("orders").stream(orders)) {
				for (Order order : (Iterable<Order>) stream::iterator) {
					this.store.save(order);
				}
			}
		}

		int total(int first) {
			Flux<Order> orders = this.client.get().uri("/orders").retrieve().bodyToFlux(Order.class);
			try (Stream<Order> stream = this.loop.withTimeout(Duration.ofSeconds(5)).stream(orders, 256)) {
				return stream.limit(first).mapToInt(Order::total).sum();
			}
		}

	}

	record Order(int id, int total) {
	}

	/**
	 * Blocks, as JDBC does.
	 */
	interface Store {

		void save(Order order);

	}

}
