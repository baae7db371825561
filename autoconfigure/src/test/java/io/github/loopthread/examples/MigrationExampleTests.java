package io.github.loopthread.examples;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;
import org.springframework.web.util.DefaultUriBuilderFactory;

import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.TestServer;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;
import io.github.loopthread.examples.PagesBefore.AsyncServices;
import io.github.loopthread.examples.ProductPages.Product;
import io.github.loopthread.examples.ProductPages.Stock;
import io.github.loopthread.examples.ShopPages.Page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Both sides of docs/migration.md, before and after.
 */
@Timeout(60)
@Tag(NothingLeftExtension.OTHER_CLIENTS)
class MigrationExampleTests {

	private static final int PEN = 7;

	private static final int WITH_BROKEN_STOCK = 8;

	private static final int WITH_SLOW_PRODUCT = 9;

	private static final JsonMapper json = JsonMapper.shared();

	private final TestServer services = TestServer.start((routes) -> routes
		// An end, as the server would wait for calls that nobody cancels
		.get("/products/" + WITH_SLOW_PRODUCT,
				(request, response) -> response.sendString(Mono.delay(Duration.ofSeconds(5)).thenReturn("{}")))
		.get("/products/{id}",
				(request, response) -> response.header("Content-Type", "application/json")
					.sendString(Mono.just("{\"name\": \"Pen\"}")))
		.get("/stock/" + WITH_BROKEN_STOCK, (request, response) -> response.status(500).send())
		.get("/stock/{id}", (request, response) -> response.header("Content-Type", "application/json")
			.sendString(Mono.just("{\"pieces\": 3}"))));

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class,
				TaskExecutionAutoConfiguration.class))
		.withUserConfiguration(Asynchronous.class)
		.withBean(RestClient.class,
				() -> RestClient.builder()
					.requestFactory(new JdkClientHttpRequestFactory())
					.baseUrl(this.services.url(""))
					.build())
		.withPropertyValues("loop.web-client.base-url=" + this.services.url(""));

	@AfterEach
	void stop() {
		this.services.close();
	}

	@Test
	void pageIsTheSameBeforeAndAfter() {
		run((before, after) -> {
			Map<String, ShopPages> all = new LinkedHashMap<>(before);
			all.putAll(after);
			assertThat(all).hasSize(10);
			for (Map.Entry<String, ShopPages> way : all.entrySet()) {
				assertThat(way.getValue().page(PEN)).as(way.getKey())
					.isEqualTo(new Page(new Product("Pen"), new Stock(3)));
			}
		});
	}

	@Test
	void pageComesWithoutStockWhereThereIsFallback() {
		run((before, after) -> {
			List<ShopPages> withFallback = new ArrayList<>(List.of(before.get("futures")));
			withFallback.addAll(List.of(after.get("scope"), after.get("stages"), after.get("declared")));
			for (ShopPages pages : withFallback) {
				assertThat(pages.page(WITH_BROKEN_STOCK)).isEqualTo(new Page(new Product("Pen"), Stock.UNKNOWN));
			}
		});
	}

	@Test
	void deadlineHasItsOwnExceptionAfter() {
		run((before, after) -> {
			// After two seconds each: at the same time
			List<Thread> callers = new ArrayList<>();
			List<Throwable> unexpected = new ArrayList<>();
			before(before, callers, unexpected);
			for (String way : List.of("zip", "scope", "stages", "declared")) {
				callers.add(caller(unexpected, () -> assertThatExceptionOfType(LoopTimeoutException.class)
					.isThrownBy(() -> after.get(way).page(WITH_SLOW_PRODUCT))));
			}
			for (Thread caller : callers) {
				caller.join();
			}
			assertThat(unexpected).isEmpty();
		});
	}

	private static void before(Map<String, ShopPages> before, List<Thread> callers, List<Throwable> unexpected) {
		callers.add(caller(unexpected,
				() -> assertThatIllegalStateException()
					.isThrownBy(() -> before.get("zip and block").page(WITH_SLOW_PRODUCT))
					.withCauseInstanceOf(TimeoutException.class)));
		callers.add(caller(unexpected, () -> assertThatExceptionOfType(TimeoutException.class)
			.isThrownBy(() -> before.get("async").page(WITH_SLOW_PRODUCT))));
		callers.add(caller(unexpected,
				() -> assertThatExceptionOfType(CompletionException.class)
					.isThrownBy(() -> before.get("futures").page(WITH_SLOW_PRODUCT))
					.withCauseInstanceOf(TimeoutException.class)));
	}

	private static Thread caller(List<Throwable> unexpected, Runnable call) {
		Thread caller = new Thread(call);
		caller.setUncaughtExceptionHandler((thread, ex) -> unexpected.add(ex));
		caller.start();
		return caller;
	}

	@Test
	void failureIsTheTasksOwnAfter() {
		run((before, after) -> {
			assertThatExceptionOfType(ExecutionException.class)
				.isThrownBy(() -> before.get("async").page(WITH_BROKEN_STOCK));
			assertThatExceptionOfType(WebClientResponseException.class)
				.isThrownBy(() -> after.get("zip").page(WITH_BROKEN_STOCK));
		});
	}

	private void run(Use use) {
		this.contextRunner.run((context) -> {
			Map<String, ShopPages> before = before(context);
			Map<String, ShopPages> after = after(context);
			// What is slow the first time
			Stream.of(before, after).flatMap((ways) -> ways.values().stream()).forEach(MigrationExampleTests::warm);
			use.with(before, after);
			await().untilAsserted(() -> assertThat(context.getBean(LoopThread.class).activeTasks()).isZero());
		});
	}

	private static void warm(ShopPages pages) {
		await().atMost(Duration.ofSeconds(20))
			.ignoreExceptions()
			.until(() -> pages.page(PEN).equals(new Page(new Product("Pen"), new Stock(3))));
	}

	private Map<String, ShopPages> before(ApplicationContext context) {
		WebClient client = WebClient.builder()
			.clientConnector(new JdkClientHttpConnector())
			.baseUrl(this.services.url(""))
			.build();
		RestTemplate template = new RestTemplate(new SimpleClientHttpRequestFactory());
		template.setUriTemplateHandler(new DefaultUriBuilderFactory(this.services.url("")));
		RestClient restClient = context.getBean(RestClient.class);
		Executor executor = context.getBean("applicationTaskExecutor", Executor.class);
		return Map.of("block", new PagesBefore.Block(client), "zip and block", new PagesBefore.Zip(client), "async",
				new PagesBefore.AsyncMethods(context.getBean(AsyncServices.class)), "futures",
				new PagesBefore.Futures(restClient, executor), "template", new PagesBefore.Template(template));
	}

	private Map<String, ShopPages> after(ApplicationContext context) {
		LoopOperations loop = context.getBean(LoopOperations.class);
		WebClient client = context.getBean(WebClient.class);
		PagesAfter.Services declared = context.getBean(HttpServiceProxyFactory.class)
			.createClient(PagesAfter.Services.class);
		return Map.of("execute", new PagesAfter.Execute(loop, client), "zip", new PagesAfter.Zip(loop, client), "scope",
				new PagesAfter.Scope(loop, client), "stages",
				new PagesAfter.Stages(loop, HttpClient.newHttpClient(), request("/products/"), request("/stock/"),
						(body) -> json.readValue(body, Product.class), (body) -> json.readValue(body, Stock.class)),
				"declared", new PagesAfter.Declared(loop, declared));
	}

	private IntFunction<HttpRequest> request(String path) {
		return (id) -> HttpRequest.newBuilder(URI.create(this.services.url(path + id))).build();
	}

	@FunctionalInterface
	private interface Use {

		void with(Map<String, ShopPages> before, Map<String, ShopPages> after) throws Exception;

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class Asynchronous {

		@Bean
		AsyncServices asyncServices(RestClient client) {
			return new AsyncServices(client);
		}

	}

}
