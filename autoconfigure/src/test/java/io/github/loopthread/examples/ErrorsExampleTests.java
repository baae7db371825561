package io.github.loopthread.examples;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.ThrowingConsumer;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.task.TaskRejectedException;
import org.springframework.http.HttpStatus;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopForksFailedException;
import io.github.loopthread.LoopInterruptedException;
import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopOverloadedException;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.TestServer;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * The messages and the code of docs/errors.md.
 */
@Timeout(60)
class ErrorsExampleTests {

	private static final String SLOW = "7";

	private static final String BROKEN = "8";

	private static final String GOOD = "9";

	private final TestServer server = TestServer.start(
			(routes) -> routes.get("/price/{id}", (request, response) -> switch (String.valueOf(request.param("id"))) {
				case SLOW -> response.sendString(Mono.never());
				case BROKEN -> response.status(500).send();
				default ->
					response.header("Content-Type", "application/json").sendString(Mono.just("{\"cents\": 250}"));
			}));

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class))
		.withPropertyValues("loop.web-client.base-url=" + this.server.url(""), "loop.max-concurrent-tasks=1",
				"loop.shutdown.drain-timeout=0s");

	@AfterEach
	void stop() {
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
		this.server.close();
	}

	@Test
	void messagesOfTasksAreThoseOfTheDocument() throws Throwable {
		run((shop) -> {
			assertShown(LoopTimeoutException.class,
					() -> shop.loop().withTimeout(Duration.ofSeconds(1)).execute(shop.price(SLOW)));
			await().until(() -> shop.loopThread().activeTasks() == 0);
			Thread caller = Thread.currentThread();
			assertShown(LoopInterruptedException.class,
					() -> shop.loop().execute(Mono.never().doOnSubscribe((started) -> caller.interrupt())));
			assertThat(Thread.interrupted()).isTrue();
			await().until(() -> shop.loopThread().activeTasks() == 0);
			assertShown(IllegalStateException.class,
					() -> shop.loop().execute(Mono.fromSupplier(() -> shop.loop().execute(Mono.just("never")))));
			await().until(() -> shop.loopThread().activeTasks() == 0);
			try (LoopScope scope = shop.loop().scope()) {
				scope.fork(Mono.error(new IllegalStateException("broken")));
				assertShown(LoopForksFailedException.class, scope::first);
			}
		});
	}

	@Test
	void messagesOfLoopThatIsFullOrStopsAreThoseOfTheDocument() throws Throwable {
		run((shop) -> {
			CompletableFuture<Object> running = shop.loop().submit(Mono.never());
			assertShown(LoopOverloadedException.class, () -> shop.loop().execute(shop.price(GOOD)));
			shop.loopThread().stop();
			assertThat(running.handle((value, ex) -> ex)).succeedsWithin(Duration.ofSeconds(10))
				.isInstanceOf(LoopStoppedException.class)
				.satisfies((ex) -> Document.ERRORS.assertShows(ex.getMessage()));
			assertShown(LoopNotRunningException.class, () -> shop.loop().execute(shop.price(GOOD)));
		});
	}

	@Test
	void typesAreWhatTheDocumentSays() {
		assertThat(CancellationException.class).isAssignableFrom(LoopStoppedException.class);
		assertThat(IllegalStateException.class).isAssignableFrom(LoopStoppedException.class);
		assertThat(TaskRejectedException.class).isAssignableFrom(LoopOverloadedException.class)
			.isAssignableFrom(LoopNotRunningException.class);
	}

	@Test
	void fallbackIsTakenWhenServiceIsSlowOrLoopIsFull() throws Throwable {
		run((shop) -> {
			await().untilAsserted(() -> assertThat(shop.priceOrUnknown(GOOD)).isEqualTo(new Price(250)));
			assertThat(shop.priceOrUnknown(SLOW)).isEqualTo(Price.UNKNOWN);
			await().until(() -> shop.loopThread().activeTasks() == 0);
			shop.loop().submit(Mono.never());
			assertThat(shop.priceOrUnknown(GOOD)).isEqualTo(Price.UNKNOWN);
		});
	}

	@Test
	void handlersAnswerEachEnding() throws Throwable {
		run((shop) -> {
			MockMvcTester mvc = MockMvcTester.of(List.of(new PriceController(shop)),
					(builder) -> builder.setControllerAdvice(new ShopProblems()).build());
			assertThat(mvc.get().uri("/prices/9")).hasStatusOk();
			assertThat(mvc.get().uri("/prices/7")).hasStatus(HttpStatus.GATEWAY_TIMEOUT)
				.hasBodyTextEqualTo("The shop's services are slow. Try again in a moment");
			await().until(() -> shop.loopThread().activeTasks() == 0);
			assertThat(mvc.get().uri("/prices/8")).hasStatus(HttpStatus.BAD_GATEWAY);
			await().until(() -> shop.loopThread().activeTasks() == 0);
			shop.loop().submit(Mono.never());
			assertThat(mvc.get().uri("/prices/9")).hasStatus(HttpStatus.SERVICE_UNAVAILABLE)
				.hasHeader("Retry-After", "5");
		});
	}

	private void run(ThrowingConsumer<Shop> use) throws Throwable {
		this.contextRunner.run((context) -> {
			try {
				Shop shop = new Shop(context.getBean(LoopThread.class),
						context.getBean(LoopOperations.class).withName("price"), context.getBean(WebClient.class));
				// What is slow the first time
				assertThat(shop.loop().execute(shop.price(GOOD))).isEqualTo(new Price(250));
				use.accept(shop);
			}
			catch (Exception | Error ex) {
				throw ex;
			}
			catch (Throwable ex) {
				throw new IllegalStateException(ex);
			}
		});
	}

	private static void assertShown(Class<? extends RuntimeException> type, Runnable call) {
		assertThatExceptionOfType(type).isThrownBy(call::run)
			.satisfies((ex) -> Document.ERRORS.assertShows(ex.getMessage()));
	}

	private record Shop(LoopThread loopThread, LoopOperations loop, WebClient client) {

		Mono<Price> price(String id) {
			return this.client.get().uri("/price/{id}", id).retrieve().bodyToMono(Price.class);
		}

		Price priceOrUnknown(String id) {
			try {
				return this.loop.withTimeout(Duration.ofMillis(300)).execute(price(id));
			}
			catch (LoopTimeoutException | LoopOverloadedException ex) {
				return Price.UNKNOWN;
			}
		}

	}

	@RestController
	static class PriceController {

		private final Shop shop;

		PriceController(Shop shop) {
			this.shop = shop;
		}

		@GetMapping("/prices/{id}")
		String price(@PathVariable("id") String id) {
			Duration timeout = Duration.ofMillis(id.equals(SLOW) ? 300 : 20000);
			return String.valueOf(this.shop.loop().withTimeout(timeout).execute(this.shop.price(id)));
		}

	}

	record Price(int cents) {

		static final Price UNKNOWN = new Price(0);

	}

}
