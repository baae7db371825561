package io.github.loopthread.http;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.MDC;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import org.springframework.web.reactive.function.client.support.WebClientAdapter;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;

import io.github.loopthread.CallerValues;
import io.github.loopthread.HeldDeadlines;
import io.github.loopthread.LoopInterruptedException;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * What a task sees of its caller, and of nobody else.
 */
class ContextTests {

	private final TestServer server = TestServer
		.start((routes) -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("hello")))
			.get("/broken", (request, response) -> response.status(500).send())
			.get("/never", (request, response) -> response.sendString(Mono.never()))
			.post("/echo", (request, response) -> response.send(request.receive().retain())));

	private final LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector.resource((pool) -> {
	}, (client, onLoop) -> new ReactorClientHttpConnector(onLoop.apply(client)));

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of(this.resource),
			CallerValues.loopContext());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	private final WebClient client = WebClient.builder()
		.baseUrl(this.server.url(""))
		.clientConnector(new LoopClientHttpConnector(this.resource))
		.observationRegistry(CallerValues.observations())
		.build();

	private final Queue<String> seen = new ConcurrentLinkedQueue<>();

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void stop() {
		this.loopThread.stop();
		this.server.close();
	}

	@ParameterizedTest
	@EnumSource
	void isSeenOnEveryHop(Hop hop) {
		assertIsSeenOn(hop);
	}

	@ParameterizedTest
	@EnumSource
	void isSeenOnEveryHopWithTheAutomaticHookToo(Hop hop) {
		Hooks.enableAutomaticContextPropagation();
		try {
			assertIsSeenOn(hop);
		}
		finally {
			Hooks.disableAutomaticContextPropagation();
		}
	}

	@Test
	void isSeenBySupplier() {
		try (CallerValues values = CallerValues.set("alice")) {
			String seen = this.loop.execute(() -> CompletableFuture.completedFuture(CallerValues.current()));
			assertThat(seen).isEqualTo("alice");
		}
	}

	@Test
	void isSeenInTaskOfHttpInterface() {
		Shop shop = HttpServiceProxyFactory.builderFor(WebClientAdapter.create(this.client))
			.build()
			.createClient(Shop.class);
		try (CallerValues values = CallerValues.set("alice")) {
			assertThat(this.loop.execute(whatIsSeenBehind(shop.hello()))).isEqualTo("alice");
		}
	}

	@Test
	void isSeenBehindTimerByOperatorsThatAreBackOnLoop() {
		try (CallerValues values = CallerValues.set("alice")) {
			Mono<String> user = Mono.delay(Duration.ofMillis(100))
				.publishOn(this.loopThread.scheduler())
				.map((tick) -> MDC.get("user"));
			assertThat(this.loop.execute(user)).isEqualTo("alice");
		}
	}

	@Test
	void isSeenWhenTaskIsCancelled() {
		try (CallerValues values = CallerValues.set("alice")) {
			Mono<String> task = get("/never").doOnCancel(this::look).doFinally((signal) -> look());
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(() -> executeUntilTimeout(task));
		}
		await().untilAsserted(() -> assertThat(this.seen).containsExactly("alice", "alice"));
	}

	@Test
	void isTakenAlongByTaskThatTaskSubmits() throws Exception {
		try (CallerValues values = CallerValues.set("alice")) {
			CompletableFuture<String> inner = this.loop
				.execute(Mono.fromSupplier(() -> this.loop.submit(Mono.fromSupplier(CallerValues::current))));
			assertThat(inner).isNotNull();
			assertThat(inner.get(20, TimeUnit.SECONDS)).isEqualTo("alice");
		}
	}

	@Test
	void loopHasNoneBetweenTasks() throws Exception {
		for (Hop hop : Hop.values()) {
			assertIsSeenOn(hop);
			assertLoopHasNone();
		}
	}

	@ParameterizedTest(name = "J4 {0}")
	@EnumSource
	void loopHasNoneHoweverTaskEnds(End end) throws Exception {
		try (CallerValues values = CallerValues.set("alice")) {
			assertThat(catchThrowable(() -> end.call.accept(this))).isInstanceOf(end.type);
			Thread.interrupted();
			this.loop.execute(Mono.empty());
			assertThat(CallerValues.current()).isEqualTo("alice");
		}
		assertLoopHasNone();
		await().untilAsserted(() -> assertThat(this.seen).isNotEmpty().containsOnly("alice"));
		assertLoopHasNone();
		assertThat(this.loop.execute(whatIsSeenBehind(get("/hello")))).isEqualTo("none");
	}

	@Test
	void callerWithoutValuesGetsNoneOfAnother() {
		try (CallerValues values = CallerValues.set("alice")) {
			this.loop.execute(get("/hello"));
		}
		assertThat(this.loop.execute(whatIsSeenBehind(get("/hello")))).isEqualTo("none");
	}

	@Test
	void whatTaskLeavesBehindIsNotSeenByTheNext() throws Exception {
		CallerValues[] left = new CallerValues[1];
		this.loop.execute(get("/hello").doOnNext((body) -> left[0] = CallerValues.set("mallory")));
		assertLoopHasNone();
		assertThat(this.loop.execute(whatIsSeenBehind(get("/hello")))).isEqualTo("none");
	}

	@Test
	void whatIsLeftOnLoopOutsideOfTasksIsGoneAfterTheNext() throws Exception {
		this.loopThread.eventLoopGroup().submit(() -> {
			MDC.put("user", "mallory");
			SecurityContextHolder.setContext(new SecurityContextImpl(new TestingAuthenticationToken("mallory", "")));
		}).get(20, TimeUnit.SECONDS);
		String seen = this.loop.execute(Mono.fromSupplier(CallerValues::current));
		assertThat(seen).isEqualTo("none");
		assertLoopHasNone();
	}

	@Test
	void valuesDoNotFlowBack() {
		try (CallerValues values = CallerValues.set("alice")) {
			this.loop.execute(get("/hello").doOnNext((body) -> MDC.put("user", "mallory")));
			assertThat(CallerValues.current()).isEqualTo("alice");
		}
	}

	@Test
	void mutatedSecurityContextIsNotTheCallers() {
		try (CallerValues values = CallerValues.set("alice")) {
			this.loop
				.execute(get("/hello").doOnNext((body) -> SecurityContextHolder.getContext().setAuthentication(null)));
			assertThat(CallerValues.current()).isEqualTo("alice");
			assertThat(this.loop.execute(whatIsSeenBehind(get("/hello")))).isEqualTo("alice");
		}
	}

	@Test
	void taskThatSharesSourceSeesItsOwnBehindLoopsScheduler() throws Exception {
		Sinks.One<String> shared = Sinks.one();
		Function<Mono<String>, Mono<String>> look = (source) -> source.publishOn(this.loopThread.scheduler())
			.map((value) -> CallerValues.current());
		CompletableFuture<String> bob;
		try (CallerValues values = CallerValues.set("bob")) {
			bob = this.loop.submit(shared.asMono().transform(look));
		}
		try (CallerValues values = CallerValues.set("alice")) {
			this.loop.execute(get("/hello").doOnNext(shared::tryEmitValue));
		}
		assertThat(bob.get(20, TimeUnit.SECONDS)).isEqualTo("bob");
	}

	private void assertIsSeenOn(Hop hop) {
		this.seen.clear();
		try (CallerValues values = CallerValues.set("alice")) {
			this.loop.execute(hop.task.apply(this));
			// Some operators come after the caller has its result
			this.loop.execute(Mono.empty());
			assertThat(CallerValues.current()).isEqualTo("alice");
		}
		assertThat(this.seen).isNotEmpty().containsOnly("alice");
		this.seen.clear();
		CompletableFuture<?> submitted;
		try (CallerValues values = CallerValues.set("bob")) {
			submitted = this.loop.submit(hop.task.apply(this));
		}
		assertThat(submitted).succeedsWithin(Duration.ofSeconds(20));
		this.loop.execute(Mono.empty());
		assertThat(this.seen).isNotEmpty().containsOnly("bob");
	}

	private void assertLoopHasNone() throws Exception {
		assertThat(this.loopThread.eventLoopGroup().submit(CallerValues::current).get(20, TimeUnit.SECONDS))
			.isEqualTo("none");
	}

	private static Mono<String> whatIsSeenBehind(Mono<?> source) {
		return source.map((value) -> CallerValues.current());
	}

	private Mono<String> get(String path) {
		return this.client.get().uri(path).retrieve().bodyToMono(String.class);
	}

	private void executeUntilTimeout(Mono<String> task) {
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			deadlines.passWhenWaitingFor(this.loopThread, "/never (waiting for the response)");
			this.loop.withTimeout(Duration.ofMillis(200)).execute(task);
		}
	}

	private void look() {
		this.seen.add(CallerValues.current());
	}

	private <T> T look(T value) {
		look();
		return value;
	}

	interface Shop {

		@GetExchange("/hello")
		Mono<String> hello();

	}

	private enum End {

		EXCEPTION(IllegalStateException.class, (test) -> test.loop.execute(test.get("/hello").map((body) -> {
			test.look();
			throw new IllegalStateException("broken");
		}))),

		ERROR(NoClassDefFoundError.class, (test) -> test.loop.execute(test.get("/hello").map((body) -> {
			test.look();
			throw new NoClassDefFoundError("missing");
		}))),

		ERROR_OF_SUPPLIER(NoClassDefFoundError.class, (test) -> test.loop.execute(() -> {
			test.look();
			throw new NoClassDefFoundError("missing");
		})),

		TIMEOUT(LoopTimeoutException.class,
				(test) -> test.executeUntilTimeout(test.get("/never").doOnCancel(test::look))),

		CANCEL(CancellationException.class, (test) -> {
			AtomicBoolean subscribed = new AtomicBoolean();
			CompletableFuture<String> future = test.loop.submit(
					test.get("/never").doOnSubscribe((subscription) -> subscribed.set(true)).doOnCancel(test::look));
			await().untilTrue(subscribed);
			future.cancel(false);
			future.join();
		}),

		INTERRUPT(LoopInterruptedException.class, (test) -> {
			Thread caller = Thread.currentThread();
			test.loop.execute(test.get("/hello")
				.doOnNext((body) -> caller.interrupt())
				.then(test.get("/never"))
				.doOnCancel(test::look));
		}),

		NESTED(IllegalStateException.class, (test) -> test.loop
			.execute(Mono.fromSupplier(() -> test.loop.submit(test.get("/hello").map(test::look).<String>map((body) -> {
				throw new IllegalStateException("inner");
			}))).flatMap(Mono::fromFuture)));

		private final Class<? extends Throwable> type;

		private final Consumer<ContextTests> call;

		End(Class<? extends Throwable> type, Consumer<ContextTests> call) {
			this.type = type;
			this.call = call;
		}

	}

	private enum Hop {

		SUBSCRIPTION((test) -> Mono.fromRunnable(test::look)),

		MAP((test) -> test.get("/hello").map(test::look)),

		DO_ON_NEXT((test) -> test.get("/hello").doOnNext(test::look)),

		FIRST_OF_TWO_CALLS((test) -> test.get("/hello").flatMap((body) -> test.get("/hello")).map(test::look)),

		BETWEEN_CALLS((test) -> test.get("/hello").flatMap((body) -> {
			test.look();
			return test.get("/hello").doOnSubscribe((subscription) -> test.look());
		})),

		SEVERAL_AT_ONCE((test) -> Flux.range(0, 20).flatMap((i) -> test.get("/hello").map(test::look)).then()),

		ERROR_OPERATOR((test) -> test.get("/broken")
			.onErrorResume(WebClientResponseException.class, (ex) -> Mono.just("fallback").map(test::look))),

		DO_ON_ERROR((test) -> test.get("/broken").doOnError((ex) -> test.look()).onErrorComplete()),

		FILTER((test) -> {
			WebClient client = test.client.mutate().filter((request, next) -> {
				test.look();
				return next.exchange(request);
			}).filter(ExchangeFilterFunction.ofResponseProcessor((response) -> Mono.just(test.look(response)))).build();
			return client.get().uri("/hello").retrieve().bodyToMono(String.class);
		}),

		REQUEST_BODY((test) -> test.client.post()
			.uri("/echo")
			.body(Flux.range(0, 100).map((i) -> test.look("element " + i)), String.class)
			.retrieve()
			.bodyToMono(String.class)),

		BODY_SUPPLIER((test) -> test.client.post()
			.uri("/echo")
			.body(Mono.fromSupplier(() -> test.look("body")), String.class)
			.retrieve()
			.bodyToMono(String.class)),

		STREAMED_BODY((test) -> test.client.post()
			.uri("/echo")
			.body(Flux.range(0, 100).map((i) -> "element\n"), String.class)
			.retrieve()
			.bodyToFlux(String.class)
			.doOnNext(test::look)
			.then()),

		COMPLETION((test) -> test.get("/hello").doOnSuccess(test::look).doFinally((signal) -> test.look())),

		TIMER_ON_LOOP((test) -> Mono.delay(Duration.ofMillis(1), test.loopThread.scheduler()).map(test::look)),

		BACK_ON_LOOP((test) -> Mono.delay(Duration.ofMillis(1))
			.publishOn(test.loopThread.scheduler())
			.map(test::look)
			.flatMap((tick) -> test.get("/hello").map(test::look)));

		private final Function<ContextTests, Mono<?>> task;

		Hop(Function<ContextTests, Mono<?>> task) {
			this.task = task;
		}

	}

}
