package io.github.loopthread.http;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Publisher;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.annotation.PostExchange;

import io.github.loopthread.CallerValues;
import io.github.loopthread.HeldDeadlines;
import io.github.loopthread.LoopFreezer;
import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopOverloadedException;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.PoolCensus;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopHttpExchangeAdapter} and methods that do not wait.
 */
@Timeout(60)
class ReactiveHttpInterfaceTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	private static final Duration SHORT = Duration.ofMillis(500);

	private static final String NEVER = "/never (waiting for the response)";

	private final AtomicInteger orders = new AtomicInteger();

	private final TestServer server = TestServer.start((routes) -> routes
		.get("/quotes/{id}", (request, response) -> response.sendString(Mono.just("quote " + request.param("id"))))
		.get("/lines", (request, response) -> response.sendString(Mono.just("one\ntwo\n")))
		.get("/broken", (request, response) -> response.status(500).send())
		.get("/never", (request, response) -> response.sendString(Mono.never()))
		.get("/stalls",
				(request, response) -> response.sendString(Flux.concat(Mono.just("first\n"), Mono.never()),
						StandardCharsets.UTF_8))
		.post("/orders", (request, response) -> {
			this.orders.incrementAndGet();
			return response.send();
		}));

	private final PoolCensus pool = new PoolCensus();

	private final LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector
		.resource(this.pool::count, (client, onLoop) -> new ReactorClientHttpConnector(onLoop.apply(client)));

	private final LoopThread loopThread = new LoopThread(
			LoopSettings.defaults().withMaxConcurrentTasks(2).withDrainTimeout(LONG), List.of(this.resource),
			CallerValues.loopContext());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, LONG);

	private final Queue<String> filtered = new ConcurrentLinkedQueue<>();

	private final WebClient client = WebClient.builder()
		.baseUrl(this.server.url(""))
		.clientConnector(new LoopClientHttpConnector(this.resource))
		.observationRegistry(CallerValues.observations())
		.filter((request, next) -> {
			this.filtered.add(whereAndWhose());
			return next.exchange(request).doOnNext((response) -> this.filtered.add(whereAndWhose()));
		})
		.build();

	private final QuoteClient quotes = create(this.loop);

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
	void returnsValuesOfEveryReactiveType() {
		assertThat(this.quotes.mono(7).block(LONG)).isEqualTo("quote 7");
		assertThat(this.quotes.entity(7).block(LONG).getBody()).isEqualTo("quote 7");
		assertThat(this.quotes.headers().block(LONG)).isNotNull();
		assertThat(this.quotes.bodiless().block(LONG).getStatusCode()).isEqualTo(HttpStatus.OK);
		assertThat(this.quotes.flux().collectList().block(LONG)).containsExactly("one", "two");
		assertThat(this.quotes.streamed().block(LONG).getBody().collectList().block(LONG)).containsExactly("one",
				"two");
		assertThat(Flux.from(this.quotes.publisher()).collectList().block(LONG)).containsExactly("one", "two");
		assertThat(JdkFlowAdapter.flowPublisherToFlux(this.quotes.flowPublisher()).collectList().block(LONG))
			.containsExactly("one", "two");
		assertThat(this.quotes.future(7)).succeedsWithin(LONG).isEqualTo("quote 7");
		assertThat(this.quotes.futureOfEntity(7)).succeedsWithin(LONG)
			.extracting(ResponseEntity::getBody)
			.isEqualTo("quote 7");
	}

	@Test
	void monoDoesNothingUntilItIsSubscribedTo() {
		Mono<Void> order = this.quotes.order();
		assertThat(this.quotes.orderAsFuture()).succeedsWithin(LONG);
		assertThat(this.orders).hasValue(1);
		order.block(LONG);
		order.block(LONG);
		assertThat(this.orders).hasValue(3);
	}

	@Test
	void nobodyWaitsWhileLoopIsBusy() {
		CompletableFuture<String> future;
		CompletableFuture<String> mono;
		CompletableFuture<List<String>> flux;
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			future = this.quotes.future(1);
			mono = this.quotes.mono(2).toFuture();
			flux = this.quotes.flux().collectList().toFuture();
			assertThat(future).isNotDone();
		}
		assertThat(future).succeedsWithin(LONG).isEqualTo("quote 1");
		assertThat(mono).succeedsWithin(LONG).isEqualTo("quote 2");
		assertThat(flux).succeedsWithin(LONG).isEqualTo(List.of("one", "two"));
	}

	@Test
	void monoAndFutureRunFiltersAndWhatIsChainedOnLoopWithValuesOfCaller() {
		assertRunsOnLoopWithValuesOfCaller((quotes) -> quotes.mono(7).map((body) -> whereAndWhose()).toFuture());
		assertRunsOnLoopWithValuesOfCaller((quotes) -> quotes.future(7).thenApply((body) -> whereAndWhose()));
	}

	@Test
	void monoAndFutureWorkWithTheAutomaticHookToo() {
		Hooks.enableAutomaticContextPropagation();
		try {
			// Reactor's hook takes from a future's operators what is not in their context
			assertRunsOnLoopWithValuesOfCaller(
					(quotes) -> quotes.mono(7).map((body) -> whereAndWhose()).contextCapture().toFuture());
			assertRunsOnLoopWithValuesOfCaller((quotes) -> quotes.future(7).thenApply((body) -> whereAndWhose()));
		}
		finally {
			Hooks.disableAutomaticContextPropagation();
		}
	}

	@Test
	void fluxOutsideTaskRunsFiltersWhereItIsSubscribedToAndTheRestOnLoop() {
		String caller = Thread.currentThread().getName();
		try (CallerValues values = CallerValues.set("alice")) {
			String consumer = this.quotes.flux().map((line) -> Thread.currentThread().getName()).blockFirst(LONG);
			assertThat(consumer).isEqualTo("loop-1");
		}
		assertThat(this.filtered.peek()).isEqualTo("alice on " + caller);
	}

	@Test
	void partsOfTaskShareItsPermitDeadlineAndName() {
		QuoteClient impatient = create(this.loop.withTimeout(Duration.ofMillis(1)));
		Mono<List<String>> parts = Flux
			.merge(impatient.mono(1), impatient.mono(2), Mono.fromFuture(() -> impatient.future(3)),
					impatient.flux().next(), impatient.entity(4).map(ResponseEntity::getBody))
			.collectList();
		List<String> answers = this.loop.execute(parts);
		assertThat(answers).containsExactlyInAnyOrder("quote 1", "quote 2", "quote 3", "one", "quote 4");
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			deadlines.passWhenWaitingFor(this.loopThread, NEVER);
			assertThatExceptionOfType(LoopTimeoutException.class)
				.isThrownBy(() -> this.loop.withName("page")
					.withTimeout(SHORT)
					.execute(Mono.zip(this.quotes.never(), this.quotes.mono(1))))
				.withMessageContaining("'page'")
				.withMessageContaining(NEVER);
		}
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isLessThan(6));
	}

	@Test
	void partsOfTaskSeeValuesOfItsCaller() {
		try (CallerValues values = CallerValues.set("alice")) {
			this.loop.execute(Mono.zip(this.quotes.mono(1), this.quotes.flux().collectList(),
					Mono.fromFuture(() -> this.quotes.future(3))));
		}
		assertThat(this.filtered).hasSize(6).containsOnly("alice on loop-1");
	}

	@Test
	void futureThatSupplierReturnsIsPartOfTask() {
		CompletableFuture<?> other = this.loop.submit(Mono.never());
		String answer = this.loop.execute(() -> this.quotes.future(7));
		assertThat(answer).isEqualTo("quote 7");
		CompletableFuture<String> cancelled = this.loop.submit(this.quotes::neverAsFuture);
		await().until(() -> this.pool.acquired() == 1);
		cancelled.cancel(false);
		await().until(() -> this.pool.acquired() == 0);
		other.cancel(false);
		await().until(() -> this.loopThread.activeTasks() == 0);
	}

	@Test
	void callThatIsChainedToOneThatHasEndedIsTaskOfItsOwn() throws Exception {
		QuoteClient impatient = create(this.loop.withTimeout(SHORT));
		CompletableFuture<String> chained = this.quotes.future(1).thenCompose((first) -> impatient.neverAsFuture());
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> chained.get(20, TimeUnit.SECONDS))
			.withCauseInstanceOf(LoopTimeoutException.class)
			.withMessageContaining("'QuoteClient.neverAsFuture'");
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.quotes.mono(1).flatMap((first) -> impatient.never()).block(LONG))
			.withMessageContaining("'QuoteClient.never'");
	}

	@Test
	void callThatCleansUpAfterTaskThatWasCancelledIsTaskOfItsOwn() {
		QuoteClient impatient = create(this.loop.withTimeout(SHORT));
		Queue<Throwable> errors = new ConcurrentLinkedQueue<>();
		CompletableFuture<Void> started = new CompletableFuture<>();
		Mono<Object> work = Mono.never().doOnSubscribe((subscription) -> started.complete(null));
		CompletableFuture<Object> task = this.loop.submit(Mono.usingWhen(Mono.just("resource"), (resource) -> work,
				(resource) -> impatient.never().doOnError(errors::add).onErrorComplete()));
		assertThat(started).succeedsWithin(LONG);
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			deadlines.passWhenWaitingFor(this.loopThread, NEVER);
			task.cancel(false);
			await().untilAsserted(() -> assertThat(errors).singleElement()
				.asInstanceOf(InstanceOfAssertFactories.throwable(LoopTimeoutException.class))
				.hasMessageContaining("'QuoteClient.never'")
				.hasMessageContaining(NEVER));
		}
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
	}

	@Test
	void timeoutEndsMonoAndFutureAndNamesMethod() {
		QuoteClient impatient = create(this.loop.withTimeout(SHORT));
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			CompletableFuture<String> future = impatient.neverAsFuture();
			await().until(() -> this.loopThread.tasks().toString().contains(NEVER));
			deadlines.pass();
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> future.get(20, TimeUnit.SECONDS))
				.withCauseInstanceOf(LoopTimeoutException.class)
				.withMessageContaining("'QuoteClient.neverAsFuture'")
				.withMessageContaining(NEVER);
			await().until(() -> this.loopThread.activeTasks() == 0);
			deadlines.passWhenWaitingFor(this.loopThread, NEVER);
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(() -> impatient.never().block(LONG))
				.withMessageContaining("'QuoteClient.never'")
				.withMessageContaining(NEVER);
		}
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
	}

	@Test
	void streamsHaveNoDeadline() {
		QuoteClient impatient = create(this.loop.withTimeout(Duration.ofMillis(1)));
		assertThat(impatient.flux().collectList().block(LONG)).containsExactly("one", "two");
		assertThat(impatient.stalls().blockFirst(LONG)).isEqualTo("first");
		assertThat(impatient.streamed().block(LONG).getBody().blockLast(LONG)).isEqualTo("two");
	}

	@Test
	void isRefusedBeyondLimit() {
		List<CompletableFuture<?>> others = List.of(this.loop.submit(Mono.never()), this.loop.submit(Mono.never()));
		assertThatExceptionOfType(LoopOverloadedException.class).isThrownBy(() -> this.quotes.order().block(LONG))
			.withMessageContaining("'QuoteClient.order'");
		assertThatExceptionOfType(LoopOverloadedException.class).isThrownBy(this.quotes::orderAsFuture)
			.withMessageContaining("'QuoteClient.orderAsFuture'");
		others.forEach((other) -> other.cancel(false));
		await().until(() -> this.loopThread.activeTasks() == 0);
		this.quotes.order().block(LONG);
		assertThat(this.orders).hasValue(1);
	}

	@Test
	void isRefusedWhileStopped() {
		this.loopThread.stop();
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(() -> this.quotes.order().block(LONG));
		assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(this.quotes::orderAsFuture);
		this.loopThread.start();
		this.quotes.order().block(LONG);
		assertThat(this.orders).hasValue(1);
	}

	@Test
	void partsOfTaskAreServedWhileLoopDrains() {
		CompletableFuture<Void> gate = new CompletableFuture<>();
		CompletableFuture<String> task = this.loop.submit(Mono.fromFuture(gate)
			.then(this.quotes.mono(1))
			.flatMap((first) -> Mono.fromFuture(() -> this.quotes.future(2))));
		CompletableFuture<Void> stopped = new CompletableFuture<>();
		this.loopThread.stop(() -> stopped.complete(null));
		await().until(() -> this.loopThread.state() == LoopThread.State.DRAINING);
		gate.complete(null);
		assertThat(task).succeedsWithin(LONG).isEqualTo("quote 2");
		assertThat(stopped).succeedsWithin(LONG);
	}

	@Test
	void stopEndsMonoAndFutureWithItsException() {
		LoopResource<? extends ClientHttpConnector> connections = LoopClientHttpConnector.resource((pool) -> {
		}, (client, onLoop) -> new ReactorClientHttpConnector(onLoop.apply(client)));
		LoopThread hasty = new LoopThread(LoopSettings.defaults().withName("hasty").withDrainTimeout(Duration.ZERO),
				List.of(connections));
		hasty.start();
		WebClient client = this.client.mutate().clientConnector(new LoopClientHttpConnector(connections)).build();
		QuoteClient quotes = LoopHttpExchangeAdapter.proxyFactoryBuilder(client, new LoopTemplate(hasty, LONG))
			.build()
			.createClient(QuoteClient.class);
		CompletableFuture<String> mono = quotes.never().toFuture();
		CompletableFuture<String> future = quotes.neverAsFuture();
		try {
			await().until(() -> this.server.openConnections() == 2);
		}
		finally {
			hasty.stop();
		}
		assertThat(List.of(mono, future))
			.allSatisfy((end) -> assertThat(end.handle((value, ex) -> ex)).succeedsWithin(LONG)
				.isInstanceOf(LoopStoppedException.class));
		assertThatExceptionOfType(LoopStoppedException.class).isThrownBy(future::join);
	}

	@Test
	void refusesToWaitForFutureOnLoopThread() {
		CompletableFuture<String> future = this.quotes.neverAsFuture();
		assertThatIllegalStateException().isThrownBy(() -> this.loop.execute(Mono.fromSupplier(future::join)))
			.withMessageContaining("loop-1");
		future.cancel(false);
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
	}

	@Test
	void cancelEndsExchange() {
		CompletableFuture<String> future = this.quotes.neverAsFuture();
		CompletableFuture<String> mono = this.quotes.never().toFuture();
		await().until(() -> this.server.openConnections() == 2);
		future.cancel(false);
		mono.cancel(false);
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
		await().until(() -> this.loopThread.activeTasks() == 0);
	}

	@Test
	void failureIsThatOfClient() {
		assertThatExceptionOfType(WebClientResponseException.class).isThrownBy(() -> this.quotes.broken().block(LONG))
			.withMessageContaining("500");
		assertThat(this.quotes.brokenAsFuture()).failsWithin(LONG)
			.withThrowableOfType(ExecutionException.class)
			.withCauseInstanceOf(WebClientResponseException.class);
	}

	@Test
	void contextOfSubscriberIsSeenByFilters() {
		Queue<String> seen = new ConcurrentLinkedQueue<>();
		WebClient client = this.client.mutate().filter((request, next) -> Mono.deferContextual((context) -> {
			seen.add(context.get("tenant"));
			return next.exchange(request);
		})).build();
		QuoteClient quotes = LoopHttpExchangeAdapter.proxyFactoryBuilder(client, this.loop)
			.build()
			.createClient(QuoteClient.class);
		quotes.mono(7).contextWrite(Context.of("tenant", "outside")).block(LONG);
		quotes.flux().contextWrite(Context.of("tenant", "stream")).blockLast(LONG);
		this.loop.execute(quotes.mono(7).contextWrite(Context.of("tenant", "inside")));
		assertThat(seen).containsExactly("outside", "stream", "inside");
	}

	@Test
	void worksWithoutLoopInUnitTests() {
		WebClient stub = WebClient.builder()
			.exchangeFunction((request) -> Mono
				.just(ClientResponse.create(HttpStatus.OK).body("stub of " + request.url().getPath()).build()))
			.build();
		LoopOperations direct = LoopOperations.direct();
		QuoteClient quotes = LoopHttpExchangeAdapter.proxyFactoryBuilder(stub, direct)
			.build()
			.createClient(QuoteClient.class);
		assertThat(quotes.mono(1).block()).isEqualTo("stub of /quotes/1");
		assertThat(quotes.future(2)).isCompletedWithValue("stub of /quotes/2");
		String both = direct.execute(Mono.zip(quotes.mono(3), quotes.mono(4), (third, fourth) -> third + fourth));
		assertThat(both).isEqualTo("stub of /quotes/3stub of /quotes/4");
	}

	private void assertRunsOnLoopWithValuesOfCaller(Function<QuoteClient, CompletableFuture<String>> call) {
		this.filtered.clear();
		CompletableFuture<String> behind;
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread);
				CallerValues values = CallerValues.set("alice")) {
			behind = call.apply(this.quotes);
		}
		assertThat(behind).succeedsWithin(LONG).isEqualTo("alice on loop-1");
		assertThat(this.filtered).hasSize(2).containsOnly("alice on loop-1");
	}

	private QuoteClient create(LoopOperations loop) {
		return LoopHttpExchangeAdapter.proxyFactoryBuilder(this.client, loop).build().createClient(QuoteClient.class);
	}

	private static String whereAndWhose() {
		return CallerValues.current() + " on " + Thread.currentThread().getName();
	}

	interface QuoteClient {

		@GetExchange("/quotes/{id}")
		Mono<String> mono(@PathVariable int id);

		@GetExchange("/quotes/{id}")
		Mono<ResponseEntity<String>> entity(@PathVariable int id);

		@GetExchange("/lines")
		Mono<HttpHeaders> headers();

		@GetExchange("/lines")
		Mono<ResponseEntity<Void>> bodiless();

		@GetExchange("/lines")
		Flux<String> flux();

		@GetExchange("/stalls")
		Flux<String> stalls();

		@GetExchange("/lines")
		Mono<ResponseEntity<Flux<String>>> streamed();

		@GetExchange("/lines")
		Publisher<String> publisher();

		@GetExchange("/lines")
		Flow.Publisher<String> flowPublisher();

		@GetExchange("/quotes/{id}")
		CompletableFuture<String> future(@PathVariable int id);

		@GetExchange("/quotes/{id}")
		CompletableFuture<ResponseEntity<String>> futureOfEntity(@PathVariable int id);

		@PostExchange("/orders")
		Mono<Void> order();

		@PostExchange("/orders")
		CompletableFuture<Void> orderAsFuture();

		@GetExchange("/never")
		Mono<String> never();

		@GetExchange("/never")
		CompletableFuture<String> neverAsFuture();

		@GetExchange("/broken")
		Mono<String> broken();

		@GetExchange("/broken")
		CompletableFuture<String> brokenAsFuture();

	}

}
