package io.github.loopthread.examples;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import io.github.loopthread.Fork;
import io.github.loopthread.HeldDeadlines;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;
import io.github.loopthread.examples.ProductPages.Product;
import io.github.loopthread.examples.ProductPages.Reviews;
import io.github.loopthread.examples.ProductPages.Stock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * The code of {@code docs/fan-out.md}, up to its comparison, and the messages it shows.
 */
@Timeout(60)
@Tag(NothingLeftExtension.OTHER_CLIENTS)
@ExtendWith(OutputCaptureExtension.class)
class ScopeExampleTests {

	private static final Product PEN = new Product("Pen");

	// What is open when the others have answered
	private static final String STOCK = "/stock/7 (waiting for the response)";

	private final ThreeServices services = new ThreeServices();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class))
		.withPropertyValues("loop.web-client.base-url=" + this.services.url());

	private LoopThread loopThread;

	@AfterEach
	void stop() {
		this.services.close();
	}

	@Test
	void optionalPartsHaveFallbacks() {
		run((shop) -> {
			try (HeldDeadlines deadlines = new HeldDeadlines()) {
				deadlines.passWhenWaitingFor(this.loopThread, STOCK);
				assertThat(shop.page(ThreeServices.PRODUCT)).isEqualTo(new Page(PEN, Stock.UNKNOWN, Reviews.NONE));
			}
		});
	}

	@Test
	void oneThatFailsFailsAll() {
		run((shop) -> {
			assertThatExceptionOfType(WebClientResponseException.InternalServerError.class)
				.isThrownBy(() -> shop.wholePage(ThreeServices.PRODUCT));
			await().untilAsserted(() -> assertThat(this.services.unanswered()).isZero());
		});
	}

	@Test
	void firstMirrorThatAnswersWins() {
		run((shop) -> {
			Reviews reviews = shop.reviews(List.of("/stock/7", "/reviews/7", "/reviews/9"));
			assertThat(reviews).isEqualTo(new Reviews(List.of("Writes.")));
			await().untilAsserted(() -> assertThat(this.services.unanswered()).isZero());
		});
	}

	@Test
	void stageIsForkedBesideMono() {
		HttpRequest request = HttpRequest.newBuilder(URI.create(this.services.url() + "/reviews/9")).build();
		run((shop) -> assertThat(shop.described(ThreeServices.PRODUCT, request))
			.isEqualTo("Pen: {\"texts\": [\"Writes.\"]}"));
	}

	@Test
	void timeoutReportsOnEveryFork() {
		run((shop) -> {
			try (HeldDeadlines deadlines = new HeldDeadlines()) {
				deadlines.passWhenWaitingFor(this.loopThread, STOCK);
				assertThatExceptionOfType(LoopTimeoutException.class)
					.isThrownBy(() -> shop.pageWithStock(ThreeServices.PRODUCT))
					.satisfies((ex) -> Document.FAN_OUT.assertShows(ex.getMessage()));
			}
		});
	}

	@Test
	void forgottenScopeIsReported(CapturedOutput output) {
		run((shop) -> {
			shop.forget(ThreeServices.PRODUCT);
			await().atMost(Duration.ofSeconds(20))
				.untilAsserted(() -> assertThat(output).contains("It was opened here:\n\tat "));
			String report = output.getAll()
				.lines()
				.filter((line) -> line.contains("is still open"))
				.findFirst()
				.orElseThrow();
			Document.FAN_OUT.assertShows(report.substring(report.indexOf("Scope 'page'")));
			assertThat(output).contains("ScopeExampleTests$Shop.forget(ScopeExampleTests.java:");
			await().untilAsserted(() -> assertThat(this.services.unanswered()).isZero());
		});
	}

	private void run(Use use) {
		this.contextRunner.run((context) -> {
			this.loopThread = context.getBean(LoopThread.class);
			Shop shop = new Shop(context.getBean(LoopOperations.class), context.getBean(WebClient.class));
			// What is slow the first time
			assertThat(shop.wholePage(ThreeServices.WITHOUT_STOCK).product()).isEqualTo(PEN);
			use.with(shop);
			await().untilAsserted(() -> assertThat(this.loopThread.activeTasks()).isZero());
			await().untilAsserted(() -> assertThat(this.loopThread.openScopes()).isZero());
		});
	}

	record Page(Product product, Stock stock, Reviews reviews) {

	}

	static class Shop {

		private final LoopOperations loop;

		private final WebClient client;

		private final HttpClient httpClient = HttpClient.newHttpClient();

		Shop(LoopOperations loop, WebClient client) {
			this.loop = loop.withName("page");
			this.client = client;
		}

		Page page(int id) {
			try (LoopScope scope = this.loop.withTimeout(Duration.ofMillis(300)).scope()) {
				Fork<Product> product = scope.fork("product", product(id));
				Fork<Stock> stock = scope.fork("stock", stock(id));
				Fork<Reviews> reviews = scope.fork("reviews", reviews(id));
				return new Page(product.get(), stock.orElse(Stock.UNKNOWN), reviews.orElse(Reviews.NONE));
			}
		}

		Page wholePage(int id) {
			try (LoopScope scope = this.loop.scope()) {
				Fork<Product> product = scope.fork("product", product(id));
				Fork<Stock> stock = scope.fork("stock", stock(id));
				Fork<Reviews> reviews = scope.fork("reviews", reviews(id));
				scope.joinOrThrow();
				return new Page(product.get(), stock.get(), reviews.get());
			}
		}

		Reviews reviews(List<String> mirrors) {
			try (LoopScope scope = this.loop.scope()) {
				for (String mirror : mirrors) {
					scope.fork(mirror, this.client.get().uri(mirror).retrieve().bodyToMono(Reviews.class));
				}
				return scope.first();
			}
		}

		String described(int id, HttpRequest request) {
			try (LoopScope scope = this.loop.scope()) {
				Fork<Product> product = scope.fork("product", product(id));
				Fork<HttpResponse<String>> reviews = scope.fork("reviews",
						() -> this.httpClient.sendAsync(request, BodyHandlers.ofString()));
				return product.get().name() + ": " + reviews.get().body();
			}
		}

		Stock pageWithStock(int id) {
			try (LoopScope scope = this.loop.withTimeout(Duration.ofMillis(300)).scope()) {
				scope.fork("product", product(id));
				Fork<Stock> stock = scope.fork("stock", stock(id));
				scope.fork("reviews", reviews(id));
				return stock.get();
			}
		}

		void forget(int id) {
			LoopScope scope = this.loop.withTimeout(Duration.ofSeconds(1)).scope();
			scope.fork("stock", stock(id));
		}

		private Mono<Product> product(int id) {
			return this.client.get().uri("/products/{id}", id).retrieve().bodyToMono(Product.class);
		}

		private Mono<Stock> stock(int id) {
			return this.client.get().uri("/stock/{id}", id).retrieve().bodyToMono(Stock.class);
		}

		private Mono<Reviews> reviews(int id) {
			return this.client.get().uri("/reviews/{id}", id).retrieve().bodyToMono(Reviews.class);
		}

	}

	private interface Use {

		void with(Shop shop) throws IOException;

	}

}
