package io.github.loopthread.examples;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopLease;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.TestServer;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

/**
 * The code of {@code docs/resources.md}.
 */
@Timeout(60)
class ResourceExampleTests {

	private final AtomicInteger ratesServed = new AtomicInteger();

	private final AtomicInteger reservations = new AtomicInteger();

	private final AtomicInteger releases = new AtomicInteger();

	private final TestServer server = TestServer.start((routes) -> routes.get("/rates", (request, response) -> {
		this.ratesServed.incrementAndGet();
		return response.header("Content-Type", "application/json").sendString(Mono.just("{\"EUR\": 0.9}"));
	}).post("/reservations", (request, response) -> {
		this.reservations.incrementAndGet();
		return response.sendString(Mono.just("R7"));
	}).delete("/reservations/R7", (request, response) -> {
		this.releases.incrementAndGet();
		return response.send();
	}));

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
	void resourceIsThereWhenApplicationHasStartedAndAnewAfterRestart() {
		this.contextRunner.withUserConfiguration(Rates.class).run((context) -> {
			assertThat(this.ratesServed).hasValue(1);
			Prices prices = context.getBean(Prices.class);
			assertThat(prices.inEuro(10)).isEqualTo(9);
			context.getBean(LoopThread.class).stop();
			context.getBean(LoopThread.class).start();
			assertThat(prices.inEuro(100)).isEqualTo(90);
			assertThat(this.ratesServed).hasValue(2);
		});
	}

	@Test
	void leaseIsReleasedWhateverTheEnding() {
		this.contextRunner.run((context) -> {
			Checkout checkout = new Checkout(context.getBean(LoopTemplate.class), context.getBean(WebClient.class));
			assertThat(checkout.pay((reservation) -> "paid " + reservation)).isEqualTo("paid R7");
			assertThat(this.releases).hasValue(1);
			assertThatIOException().isThrownBy(() -> checkout.pay((reservation) -> {
				throw new IOException("declined");
			}));
			assertThat(this.reservations).hasValue(2);
			assertThat(this.releases).hasValue(2);
		});
	}

	@Configuration(proxyBeanMethods = false)
	static class Rates {

		@Bean
		LoopResource<Map<String, Double>> exchangeRates(WebClient client) {
			return LoopResource.of("exchange-rates",
					(loop) -> client.get()
						.uri("/rates")
						.retrieve()
						.bodyToMono(new ParameterizedTypeReference<Map<String, Double>>() {
						}),
					(rates) -> Mono.empty());
		}

		@Bean
		Prices prices(LoopResource<Map<String, Double>> exchangeRates) {
			return new Prices(exchangeRates);
		}

	}

	static class Prices {

		private final LoopResource<Map<String, Double>> exchangeRates;

		Prices(LoopResource<Map<String, Double>> exchangeRates) {
			this.exchangeRates = exchangeRates;
		}

		double inEuro(double dollars) {
			return dollars * this.exchangeRates.get().get("EUR");
		}

	}

	static class Checkout {

		private final LoopOperations loop;

		private final WebClient client;

		Checkout(LoopOperations loop, WebClient client) {
			this.loop = loop;
			this.client = client;
		}

		String pay(Payments payments) throws IOException {
			try (LoopLease<String> reservation = this.loop.open(reserve(), this::release)) {
				return payments.pay(reservation.get());
			}
		}

		private Mono<String> reserve() {
			return this.client.post().uri("/reservations").retrieve().bodyToMono(String.class);
		}

		private Mono<Void> release(String reservation) {
			return this.client.delete().uri("/reservations/{id}", reservation).retrieve().toBodilessEntity().then();
		}

	}

	/**
	 * Blocks, as JDBC does.
	 */
	interface Payments {

		String pay(String reservation) throws IOException;

	}

}
