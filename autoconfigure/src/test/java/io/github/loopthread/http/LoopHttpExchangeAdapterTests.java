package io.github.loopthread.http;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import org.springframework.web.reactive.function.client.support.WebClientAdapter;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.annotation.HttpExchange;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.invoker.HttpExchangeAdapterDecorator;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;

import io.github.loopthread.CallerValues;
import io.github.loopthread.HeldDeadlines;
import io.github.loopthread.LoopInterruptedException;
import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopOverloadedException;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.PoolCensus;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopHttpExchangeAdapter} and methods that wait.
 */
@Timeout(60)
class LoopHttpExchangeAdapterTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	private static final Duration SHORT = Duration.ofMillis(500);

	private final AtomicInteger orders = new AtomicInteger();

	private final TestServer server = TestServer.start((routes) -> routes
		.get("/quotes/{id}", (request, response) -> response.sendString(Mono.just("quote " + request.param("id"))))
		.get("/list",
				(request, response) -> response.header("Content-Type", "application/json")
					.sendString(Mono.just("[\"one\", \"two\"]")))
		.get("/lines", (request, response) -> response.sendString(Mono.just("one\ntwo\n")))
		.get("/empty", (request, response) -> response.status(204).send())
		.get("/broken", (request, response) -> response.status(500).sendString(Mono.just("no quotes today")))
		.get("/never", (request, response) -> response.sendString(Mono.never()))
		.get("/stalls",
				(request, response) -> response.sendString(Flux.concat(Mono.just("first\n"), Mono.never()),
						StandardCharsets.UTF_8))
		.post("/echo", (request, response) -> response.send(request.receive().retain()))
		.post("/orders", (request, response) -> {
			this.orders.incrementAndGet();
			return response.send();
		}));

	private final PoolCensus pool = new PoolCensus();

	private final LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector
		.resource(this.pool::count, (client, onLoop) -> new ReactorClientHttpConnector(onLoop.apply(client)));

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults().withMaxConcurrentTasks(2),
			List.of(this.resource), CallerValues.loopContext());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, LONG);

	private final Queue<String> filtered = new ConcurrentLinkedQueue<>();

	private final WebClient client = WebClient.builder()
		.baseUrl(this.server.url(""))
		.clientConnector(new LoopClientHttpConnector(this.resource))
		.observationRegistry(CallerValues.observations())
		.filter((request, next) -> {
			this.filtered.add(CallerValues.current() + " on " + Thread.currentThread().getName());
			return next.exchange(request)
				.doOnNext((response) -> this.filtered
					.add(CallerValues.current() + " on " + Thread.currentThread().getName()));
		})
		.build();

	private final QuoteClient quotes = create(QuoteClient.class, this.loop);

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void stop() {
		this.loopThread.stop();
		this.server.close();
	}

	@Test
	void returnsBody() {
		assertThat(this.quotes.quote(7)).isEqualTo("quote 7");
	}

	@Test
	void returnsBodyOfGenericType() {
		assertThat(this.quotes.list()).containsExactly("one", "two");
	}

	@Test
	void returnsNullOrEmptyOptionalWithoutBody() {
		assertThat(this.quotes.empty()).isNull();
		assertThat(this.quotes.emptyOptional()).isEmpty();
		assertThat(this.quotes.optional(7)).contains("quote 7");
	}

	@Test
	void returnsHeadersAndEntities() {
		assertThat(this.quotes.headers().getFirst("Content-Type")).isEqualTo("application/json");
		assertThat(this.quotes.optionalHeaders()).isPresent();
		assertThat(this.quotes.entity(7)).extracting(ResponseEntity::getStatusCode, ResponseEntity::getBody)
			.containsExactly(HttpStatus.OK, "quote 7");
		assertThat(this.quotes.optionalEntity(7)).map(ResponseEntity::getBody).contains("quote 7");
		assertThat(this.quotes.bodilessEntity().getStatusCode()).isEqualTo(HttpStatus.NO_CONTENT);
	}

	@Test
	void returnsNothingWhenResponseHasCome() {
		this.quotes.order();
		assertThat(this.orders).hasValue(1);
		assertThat(this.quotes.orderAsObject()).isNull();
		assertThat(this.orders).hasValue(2);
	}

	@Test
	void sendsBodyOfRequest() {
		assertThat(this.quotes.echo("a value")).isEqualTo("a value");
		assertThat(this.quotes.echo(Flux.just("a ", "stream"))).isEqualTo("a stream");
	}

	@Test
	void callsDefaultAndInheritedMethods() {
		assertThat(this.quotes.both(1, 2)).isEqualTo("quote 1, quote 2");
		assertThat(this.quotes.inherited(3)).isEqualTo("quote 3");
	}

	@Test
	void respectsAnnotationOfType() {
		assertThat(create(TypeLevelClient.class, this.loop).quote(7)).isEqualTo("quote 7");
	}

	@Test
	void bodyThatStreamsIsReadByCaller() {
		ResponseEntity<Flux<String>> response = this.quotes.lines();
		assertThat(this.loopThread.activeTasks()).isZero();
		assertThat(response.getBody().collectList().block(LONG)).containsExactly("one", "two");
	}

	@Test
	void runsFiltersOnLoopWithValuesOfCaller() {
		try (CallerValues values = CallerValues.set("alice")) {
			this.quotes.quote(7);
		}
		assertThat(this.filtered).containsExactly("alice on loop-1", "alice on loop-1");
	}

	@Test
	void worksWithTheAutomaticHookToo() {
		Hooks.enableAutomaticContextPropagation();
		try (CallerValues values = CallerValues.set("alice")) {
			assertThat(this.quotes.quote(7)).isEqualTo("quote 7");
			assertThat(this.quotes.optional(7)).contains("quote 7");
			assertThat(this.quotes.empty()).isNull();
			assertThat(CallerValues.current()).isEqualTo("alice");
		}
		finally {
			Hooks.disableAutomaticContextPropagation();
		}
		assertThat(this.filtered).isNotEmpty().containsOnly("alice on loop-1");
	}

	@Test
	void timeoutNamesMethodAndOpenExchange() {
		QuoteClient impatient = create(QuoteClient.class, this.loop.withTimeout(SHORT));
		String open = this.server.url("/never") + " (waiting for the response)";
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			deadlines.passWhenWaitingFor(this.loopThread, open);
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(impatient::never)
				.withMessageContaining("'QuoteClient.never'")
				.withMessageContaining("500ms")
				.withMessageContaining(open);
		}
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
	}

	@Test
	void inheritedMethodIsNamedAfterItsInterface() {
		BaseClient impatient = create(QuoteClient.class, this.loop.withTimeout(SHORT));
		assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(impatient::inheritedNever)
			.withMessageContaining("'BaseClient.inheritedNever'");
	}

	@Test
	void blockTimeoutOfAdapterIsKept() {
		WebClientAdapter adapter = WebClientAdapter.create(this.client);
		adapter.setBlockTimeout(SHORT);
		HttpServiceProxyFactory.Builder builder = HttpServiceProxyFactory.builderFor(adapter);
		LoopHttpExchangeAdapter.applyTo(builder, this.loop);
		QuoteClient impatient = builder.build().createClient(QuoteClient.class);
		assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(impatient::never)
			.withMessageContaining("500ms");
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			assertThat(impatient.quote(7)).isEqualTo("quote 7");
		}
	}

	@Test
	void isRefusedBeyondLimit() {
		List<CompletableFuture<?>> others = List.of(this.loop.submit(Mono.never()), this.loop.submit(Mono.never()));
		assertThatExceptionOfType(LoopOverloadedException.class).isThrownBy(this.quotes::order)
			.withMessageContaining("'QuoteClient.order'");
		others.forEach((other) -> other.cancel(false));
		await().until(() -> this.loopThread.activeTasks() == 0);
		assertOnlyOrderToArriveIs(() -> this.quotes.order());
	}

	@Test
	void isRefusedWhileStopped() {
		this.loopThread.stop();
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(this.quotes::order)
			.withMessageContaining("'QuoteClient.order'");
		this.loopThread.start();
		assertOnlyOrderToArriveIs(() -> this.quotes.order());
	}

	@Test
	void isRefusedOnLoopAndOtherThreadsThatMustNotBlock() {
		Mono<Void> call = Mono.fromRunnable(this.quotes::order);
		assertThatIllegalStateException().isThrownBy(() -> this.loop.execute(call)).withMessageContaining("'loop-1'");
		assertThatIllegalStateException().isThrownBy(() -> call.subscribeOn(Schedulers.parallel()).block());
		assertOnlyOrderToArriveIs(() -> this.quotes.order());
	}

	@Test
	void interruptedCallerSendsNothing() {
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(LoopInterruptedException.class).isThrownBy(this.quotes::order);
		assertThat(Thread.interrupted()).isTrue();
		assertOnlyOrderToArriveIs(() -> this.quotes.order());
	}

	@Test
	void interruptEndsWaitAndExchange() throws Exception {
		CompletableFuture<Throwable> outcome = new CompletableFuture<>();
		Thread caller = new Thread(() -> {
			try {
				outcome.complete(new AssertionError(this.quotes.never()));
			}
			catch (Throwable ex) {
				outcome.complete(Thread.currentThread().isInterrupted() ? ex : new AssertionError("No flag", ex));
			}
		});
		caller.start();
		await().until(() -> this.server.openConnections() == 1);
		caller.interrupt();
		assertThat(outcome.get(20, TimeUnit.SECONDS)).isInstanceOf(LoopInterruptedException.class)
			.hasMessageContaining("'QuoteClient.never'");
		caller.join();
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
	}

	@Test
	void failureIsThatOfClient() {
		QuoteClient plain = HttpServiceProxyFactory.builderFor(WebClientAdapter.create(this.client))
			.build()
			.createClient(QuoteClient.class);
		WebClientResponseException expected = failure(plain);
		WebClientResponseException actual = failure(this.quotes);
		assertThat(actual).hasSameClassAs(expected).hasMessage(expected.getMessage());
		assertThat(actual.getResponseBodyAsString()).isEqualTo("no quotes today");
	}

	@Test
	void requestThatCannotBeMadeFailsWithoutTask() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.quotes.quoteWithMissingVariable())
			.withMessageContaining("'id'");
	}

	@Test
	void worksAfterRestart() {
		for (int generation = 1; generation <= 3; generation++) {
			assertThat(this.quotes.quote(generation)).isEqualTo("quote " + generation);
			this.loopThread.stop();
			this.loopThread.start();
		}
	}

	@Test
	void bodyThatStreamsEndsWhenItsReaderCancels() {
		ResponseEntity<Flux<String>> response = this.quotes.stalls();
		assertThat(response.getBody().blockFirst(LONG)).isEqualTo("first");
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
	}

	@Test
	void bodyThatStreamsIsCancelledWhenItComesTooLate() {
		CountDownLatch callerHasGone = new CountDownLatch(1);
		WebClient slow = this.client.mutate()
			.filter((request, next) -> next.exchange(request).doOnNext((response) -> hold(callerHasGone)))
			.build();
		QuoteClient impatient = LoopHttpExchangeAdapter.proxyFactoryBuilder(slow, this.loop.withTimeout(SHORT))
			.build()
			.createClient(QuoteClient.class);
		assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(impatient::stalls);
		callerHasGone.countDown();
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
	}

	@Test
	void worksWithoutLoopInUnitTests() {
		ExchangeFunction stub = (request) -> Mono
			.just(ClientResponse.create(HttpStatus.OK).body("stub of " + request.url().getPath()).build());
		QuoteClient stubbed = LoopHttpExchangeAdapter
			.proxyFactoryBuilder(WebClient.builder().exchangeFunction(stub).build(), LoopOperations.direct())
			.build()
			.createClient(QuoteClient.class);
		assertThat(stubbed.quote(7)).isEqualTo("stub of /quotes/7");
		assertThat(stubbed.optional(7)).contains("stub of /quotes/7");
	}

	@Test
	void keepsRequestAttributes() {
		Queue<Map<String, Object>> seen = new ConcurrentLinkedQueue<>();
		WebClient client = this.client.mutate().filter((request, next) -> {
			seen.add(request.attributes());
			return next.exchange(request);
		}).build();
		LoopHttpExchangeAdapter.proxyFactoryBuilder(client, this.loop)
			.build()
			.createClient(QuoteClient.class)
			.withAttribute("shop");
		assertThat(seen).singleElement().extracting((attributes) -> attributes.get("tenant")).isEqualTo("shop");
	}

	@Test
	void saysSoWhenMethodIsLostAmongAttributes() {
		HttpServiceProxyFactory.Builder builder = LoopHttpExchangeAdapter.proxyFactoryBuilder(this.client, this.loop)
			.httpRequestValuesProcessor(
					(method, parameters, arguments, values) -> values.configureAttributes(Map::clear));
		QuoteClient quotes = builder.build().createClient(QuoteClient.class);
		assertThatIllegalStateException().isThrownBy(quotes::order)
			.withMessageContaining("attribute 'io.github.loopthread.http.CalledMethod' is missing");
		assertOnlyOrderToArriveIs(() -> this.quotes.order());
	}

	@Test
	void refusesClientThatBlocks() {
		HttpServiceProxyFactory.Builder builder = HttpServiceProxyFactory
			.builderFor(RestClientAdapter.create(RestClient.create()));
		LoopHttpExchangeAdapter.applyTo(builder, this.loop);
		assertThatIllegalArgumentException().isThrownBy(builder::build)
			.withMessageContaining("RestClientAdapter cannot run on the loop")
			.withMessageContaining("WebClient");
	}

	@Test
	void refusesNull() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> LoopHttpExchangeAdapter.proxyFactoryBuilder(null, this.loop))
			.withMessageContaining("'client'");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> LoopHttpExchangeAdapter.proxyFactoryBuilder(this.client, null))
			.withMessageContaining("'loop'");
		assertThatIllegalArgumentException().isThrownBy(() -> LoopHttpExchangeAdapter.applyTo(null, this.loop))
			.withMessageContaining("'builder'");
	}

	@Test
	void worksUnderDecoratorThatKnowsNothingOfReactor() {
		HttpServiceProxyFactory factory = LoopHttpExchangeAdapter
			.proxyFactoryBuilder(this.client, this.loop.withTimeout(SHORT))
			.exchangeAdapterDecorator(HttpExchangeAdapterDecorator::new)
			.build();
		PlainClient decorated = factory.createClient(PlainClient.class);
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			assertThat(decorated.quote(7)).isEqualTo("quote 7");
			assertThat(decorated.entity(7).getBody()).isEqualTo("quote 7");
		}
		assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(decorated::never)
			.withMessageContaining("'PlainClient.never'");
	}

	private void assertOnlyOrderToArriveIs(Runnable order) {
		order.run();
		// Whatever was sent would have arrived before this one
		assertThat(this.orders).hasValue(1);
	}

	private <T> T create(Class<T> type, LoopOperations loop) {
		return LoopHttpExchangeAdapter.proxyFactoryBuilder(this.client, loop).build().createClient(type);
	}

	private static WebClientResponseException failure(QuoteClient quotes) {
		try {
			throw new AssertionError(quotes.broken());
		}
		catch (WebClientResponseException ex) {
			return ex;
		}
	}

	private static void hold(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	public interface BaseClient {

		@GetExchange("/quotes/{id}")
		String inherited(@PathVariable int id);

		@GetExchange("/never")
		String inheritedNever();

	}

	public interface QuoteClient extends BaseClient {

		@GetExchange("/quotes/{id}")
		String quote(@PathVariable int id);

		@GetExchange("/list")
		List<String> list();

		@GetExchange("/empty")
		String empty();

		@GetExchange("/empty")
		Optional<String> emptyOptional();

		@GetExchange("/quotes/{id}")
		Optional<String> optional(@PathVariable int id);

		@GetExchange("/list")
		HttpHeaders headers();

		@GetExchange("/list")
		Optional<HttpHeaders> optionalHeaders();

		@GetExchange("/quotes/{id}")
		ResponseEntity<String> entity(@PathVariable int id);

		@GetExchange("/quotes/{id}")
		Optional<ResponseEntity<String>> optionalEntity(@PathVariable int id);

		@GetExchange("/empty")
		ResponseEntity<Void> bodilessEntity();

		@GetExchange("/lines")
		ResponseEntity<Flux<String>> lines();

		@GetExchange("/stalls")
		ResponseEntity<Flux<String>> stalls();

		@PostExchange("/orders")
		void order();

		@PostExchange("/orders")
		Void orderAsObject();

		@PostExchange("/echo")
		String echo(@RequestBody String body);

		@PostExchange("/echo")
		String echo(@RequestBody Flux<String> body);

		@GetExchange("/broken")
		String broken();

		@GetExchange("/never")
		String never();

		@GetExchange("/quotes/{id}")
		String quoteWithMissingVariable();

		@GetExchange("/empty")
		void withAttribute(@RequestAttribute("tenant") String tenant);

		default String both(int first, int second) {
			return "%s, %s".formatted(quote(first), quote(second));
		}

	}

	interface PlainClient {

		@GetExchange("/quotes/{id}")
		String quote(@PathVariable int id);

		@GetExchange("/quotes/{id}")
		ResponseEntity<String> entity(@PathVariable int id);

		@GetExchange("/never")
		void never();

	}

	@HttpExchange("/quotes")
	interface TypeLevelClient {

		@GetExchange("/{id}")
		String quote(@PathVariable int id);

	}

}
