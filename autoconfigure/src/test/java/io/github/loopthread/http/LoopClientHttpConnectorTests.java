package io.github.loopthread.http;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import io.github.loopthread.HeldDeadlines;
import io.github.loopthread.LoopFreezer;
import io.github.loopthread.LoopKiller;
import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.PoolCensus;
import io.github.loopthread.TestServer;
import io.github.loopthread.Transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopClientHttpConnector} against a real server.
 */
@Timeout(60)
class LoopClientHttpConnectorTests {

	private static final Duration SHORT = Duration.ofMillis(200);

	private final Set<String> clientThreads = ConcurrentHashMap.newKeySet();

	private final Sinks.One<String> listensAgain = Sinks.one();

	private UnaryOperator<HttpClient> customizer = UnaryOperator.identity();

	private int maxConnections = 100;

	private Duration drainTimeout = Duration.ofSeconds(1);

	private final PoolCensus pool = new PoolCensus();

	private TestServer server;

	private LoopThread loopThread;

	private LoopTemplate loop;

	private WebClient webClient;

	@BeforeEach
	void startServer() {
		this.server = TestServer
			.start((routes) -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("hello")))
				.post("/echo", (request, response) -> response.send(request.receive().retain()))
				.get("/stalls",
						(request, response) -> response.sendString(Flux.concat(Mono.just("first"), Mono.never()),
								StandardCharsets.UTF_8))
				.post("/deaf", (request, response) -> response.sendString(this.listensAgain.asMono()))
				.get("/self",
						(request, response) -> response.sendString(
								Mono.fromCallable(() -> get(url("/hello"))).subscribeOn(Schedulers.boundedElastic())))
				.get("/never", (request, response) -> response.sendString(Mono.never())));
	}

	@AfterEach
	void leaveNothing() {
		this.loopThread.stop();
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
		this.server.close();
		LoopThreads.assertNone("loop");
	}

	@ParameterizedTest
	@EnumSource(names = { "NIO", "AUTO" })
	void everythingRunsOnTheLoopThreadAndOnNoOther(Transport transport) {
		this.customizer = this::recordThreads;
		create(transport);
		Set<String> threadsBefore = threads();
		List<String> answers = this.loop.execute(Flux.range(0, 20)
			.flatMap((i) -> this.webClient.post()
				.uri(url("/echo"))
				.bodyValue("body " + i)
				.retrieve()
				.bodyToMono(String.class))
			.doOnNext((body) -> this.clientThreads.add(Thread.currentThread().getName()))
			.collectList());
		assertThat(answers).hasSize(20);
		assertThat(this.clientThreads).containsExactly("loop-1");
		assertThat(threads()).isSubsetOf(threadsBefore);
	}

	@Test
	void isNotForThreadOfAnotherLoop() {
		create(Transport.AUTO);
		LoopThread other = new LoopThread(LoopSettings.defaults().withName("other"), List.of());
		LoopTemplate onOther = new LoopTemplate(other, Duration.ofSeconds(20));
		Mono<String> hello = this.webClient.get().uri(url("/hello")).retrieve().bodyToMono(String.class);
		assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> onOther.execute(hello))
			.withCauseInstanceOf(IllegalStateException.class)
			.withMessageContaining("'http' lives on another loop than thread 'other-1'");
		assertThat(this.server.openConnections()).isZero();
		assertThat(onOther.execute(hello.subscribeOn(this.loopThread.scheduler()))).isEqualTo("hello");
		other.stop();
	}

	@Test
	void resolvesNamesWithRealNameServerOnLoopThreadInEveryGeneration() throws Exception {
		try (TestDnsServer dns = new TestDnsServer()) {
			this.customizer = (client) -> recordThreads(resolvingWith(client, dns.address()));
			create(Transport.AUTO);
			for (int generation = 1; generation <= 3; generation++) {
				this.clientThreads.clear();
				int queries = dns.queries();
				assertThat(get("http://shop.example:%d/hello".formatted(this.server.port()))).isEqualTo("hello");
				assertThat(this.clientThreads).containsExactly("loop-" + generation);
				assertThat(dns.queries()).isGreaterThan(queries);
				this.loopThread.stop();
				this.loopThread.start();
			}
		}
	}

	@Test
	void sameClientWorksAfterEachRestart() {
		create(Transport.AUTO);
		for (int generation = 1; generation <= 3; generation++) {
			String thread = this.loop.execute(this.webClient.get()
				.uri("http://localhost:%d/hello".formatted(this.server.port()))
				.retrieve()
				.bodyToMono(String.class)
				.map((body) -> body + " on " + Thread.currentThread().getName()));
			assertThat(thread).isEqualTo("hello on loop-" + generation);
			this.loopThread.stop();
			await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
			this.loopThread.start();
		}
	}

	@Test
	void failsAtOnceAndOpensNothingWhileStopped() {
		create(Transport.AUTO);
		assertThat(get(url("/hello"))).isEqualTo("hello");
		this.loopThread.stop();
		LoopThreads.assertNone("loop");
		Set<String> threadsBefore = threads();
		Mono<String> exchange = this.webClient.get().uri(url("/hello")).retrieve().bodyToMono(String.class);
		assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> exchange.block())
			.withCauseInstanceOf(LoopNotRunningException.class)
			.withMessageContaining("'loop' was stopped");
		assertThat(this.server.acceptedConnections()).isEqualTo(1);
		assertThat(threads()).isSubsetOf(threadsBefore);
	}

	@Test
	void templateHandsOutExceptionOfLoopWithoutWrapperOfClient() {
		create(Transport.AUTO);
		LoopThread other = new LoopThread(LoopSettings.defaults().withName("other"), List.of());
		other.start();
		this.loopThread.stop();
		Mono<String> exchange = this.webClient.get().uri(url("/hello")).retrieve().bodyToMono(String.class);
		assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> new LoopTemplate(other, Duration.ofSeconds(10)).execute(exchange))
			.withMessageContaining("'loop' was stopped");
		other.stop();
	}

	@Test
	void failsAtOnceWhenLoopHasDied() {
		create(Transport.AUTO);
		this.loopThread.eventLoopGroup().shutdownGracefully(0, 1, TimeUnit.SECONDS);
		await().until(() -> this.loopThread.state() == LoopThread.State.FAILED);
		Mono<String> exchange = this.webClient.get().uri(url("/hello")).retrieve().bodyToMono(String.class);
		assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> exchange.block())
			.withCauseInstanceOf(LoopNotRunningException.class)
			.withMessageContaining("ended by itself");
		assertThat(this.server.acceptedConnections()).isZero();
	}

	@Test
	void exchangeOutsideTaskEndsWhenLoopStopsBeforeItIsConnected() throws Exception {
		try (DatagramSocket silentNameServer = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
			resolveNamesWith(silentNameServer);
			create(Transport.AUTO);
			CompletableFuture<String> exchange = this.webClient.get()
				.uri("http://user:secret@shop.example/products/7?token=secret")
				.retrieve()
				.bodyToMono(String.class)
				.toFuture();
			silentNameServer.receive(new DatagramPacket(new byte[512], 512));
			this.loopThread.stop();
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> exchange.get(10, TimeUnit.SECONDS))
				.havingCause()
				.isInstanceOf(WebClientRequestException.class)
				.havingCause()
				.isInstanceOf(LoopStoppedException.class)
				.withMessage("The loop stopped before GET http://shop.example/products/7 finished");
		}
	}

	@Test
	void exchangesOutsideTasksEndWhenLoopStopsAtAnyMoment() {
		create(Transport.AUTO);
		for (int round = 0; round < 20; round++) {
			List<CompletableFuture<String>> exchanges = IntStream.range(0, 20)
				.mapToObj((i) -> this.webClient.get().uri(url("/hello")).retrieve().bodyToMono(String.class).toFuture())
				.toList();
			this.loopThread.stop();
			assertThat(exchanges).extracting((exchange) -> exchange.handle((body, ex) -> "ended"))
				.allSatisfy((end) -> assertThat(end).succeedsWithin(Duration.ofSeconds(10)));
			this.loopThread.start();
		}
	}

	@Test
	void whileLoopDrainsServesTasksAndNothingElse() {
		this.drainTimeout = Duration.ofSeconds(10);
		create(Transport.AUTO);
		Mono<String> exchange = this.webClient.get().uri(url("/hello")).retrieve().bodyToMono(String.class);
		CompletableFuture<Void> gate = new CompletableFuture<>();
		CompletableFuture<String> task = this.loop.submit(Mono.fromFuture(gate).then(exchange));
		LoopScope scope = this.loop.scope();
		CompletableFuture<Void> stopped = new CompletableFuture<>();
		this.loopThread.stop(() -> stopped.complete(null));
		await().until(() -> this.loopThread.state() == LoopThread.State.DRAINING);
		assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> exchange.block())
			.withCauseInstanceOf(LoopNotRunningException.class)
			.withMessageContaining("GET http://localhost:%d/hello was rejected".formatted(this.server.port()));
		assertThat(this.server.acceptedConnections()).isZero();
		gate.complete(null);
		assertThat(task).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("hello");
		assertThat(scope.fork(exchange).get()).isEqualTo("hello");
		scope.close();
		assertThat(stopped).succeedsWithin(Duration.ofSeconds(10));
	}

	@Test
	void whileLoopDrainsServesTaskThatIsSupplier() {
		this.drainTimeout = Duration.ofSeconds(10);
		create(Transport.AUTO);
		CompletableFuture<String> task;
		CompletableFuture<Void> stopped = new CompletableFuture<>();
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			task = this.loop.submit(() -> this.webClient.get()
				.uri(url("/hello"))
				.retrieve()
				.bodyToMono(String.class)
				.flatMap((body) -> this.webClient.get().uri(url("/hello")).retrieve().bodyToMono(String.class))
				.toFuture());
			this.loopThread.stop(() -> stopped.complete(null));
			await().until(() -> this.loopThread.state() == LoopThread.State.DRAINING);
		}
		assertThat(task).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("hello");
		assertThat(stopped).succeedsWithin(Duration.ofSeconds(10));
	}

	@Test
	void timeoutOfSupplierSaysWhichExchangesAreOpen() {
		create(Transport.AUTO);
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			deadlines.passWhenWaitingFor(this.loopThread, "/never (waiting for the response)");
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(() -> this.loop.withTimeout(SHORT)
				.execute(() -> this.webClient.get().uri(url("/never")).retrieve().bodyToMono(String.class).toFuture()))
				.withMessageContaining("/never (waiting for the response) since ");
		}
	}

	@Test
	void openExchangeDoesNotHideWhatKilledTheLoop() throws Exception {
		create(Transport.NIO);
		Mono<String> exchange = this.webClient.get().uri(url("/never")).retrieve().bodyToMono(String.class);
		List<CompletableFuture<String>> tasks = List.of(this.loop.submit(exchange),
				this.loop.submit(exchange.onErrorReturn("fallback")));
		await().until(() -> this.server.openConnections() == 2);
		Error error = new NoClassDefFoundError("out of the I/O handler");
		new LoopKiller().kill(this.loopThread, error);
		assertThat(tasks).allSatisfy((task) -> assertThatExceptionOfType(LoopStoppedException.class)
			.isThrownBy(() -> task.get(10, TimeUnit.SECONDS))
			.withCause(error));
	}

	@Test
	void operatorThatThrowsWhenLoopStopsKeepsNoOtherExchangeFromEnding() throws Exception {
		try (DatagramSocket silentNameServer = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
			resolveNamesWith(silentNameServer);
			create(Transport.AUTO);
			Mono<String> exchange = this.webClient.get()
				.uri("http://shop.example/")
				.retrieve()
				.bodyToMono(String.class);
			List<CompletableFuture<String>> wellBehaved = new ArrayList<>();
			for (int i = 0; i < 3; i++) {
				exchange.<String>onErrorResume((ex) -> {
					throw new NoClassDefFoundError("missing");
				}).subscribe();
				wellBehaved.add(exchange.toFuture());
			}
			silentNameServer.receive(new DatagramPacket(new byte[512], 512));
			this.loopThread.stop();
			assertThat(wellBehaved).allSatisfy((end) -> assertThat(end).failsWithin(Duration.ofSeconds(10)));
		}
	}

	@Test
	void worksOutsideTasksToo() {
		this.customizer = this::recordThreads;
		create(Transport.AUTO);
		assertThat(this.webClient.get().uri(url("/hello")).retrieve().bodyToMono(String.class).block())
			.isEqualTo("hello");
		assertThat(this.clientThreads).containsExactly("loop-1");
	}

	@Test
	void timeoutClosesConnectionOfItsExchange() {
		create(Transport.AUTO);
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			deadlines.passWhenWaitingFor(this.loopThread, "/never (waiting for the response)");
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(() -> this.loop.withTimeout(SHORT)
				.execute(this.webClient.get().uri(url("/never")).retrieve().bodyToMono(String.class)));
		}
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
	}

	@Test
	void timeoutCoversBodyOfResponse() {
		create(Transport.AUTO);
		Queue<String> parts = new ConcurrentLinkedQueue<>();
		Flux<DataBuffer> body = this.webClient.get()
			.uri(url("/stalls"))
			.retrieve()
			.bodyToFlux(DataBuffer.class)
			.doOnNext((part) -> parts.add(part.toString(StandardCharsets.UTF_8)))
			.doOnNext(DataBufferUtils::release);
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			Mono<Void> task = body.doOnNext((part) -> deadlines.pass()).then();
			assertThatExceptionOfType(LoopTimeoutException.class)
				.isThrownBy(() -> this.loop.withTimeout(SHORT).execute(task))
				.withMessageContaining("receiving the response");
		}
		assertThat(parts).containsExactly("first");
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
	}

	@Test
	void timeoutCoversBodyOfRequest() {
		create(Transport.AUTO);
		// The first call takes a while
		assertThat(get(url("/hello"))).isEqualTo("hello");
		Mono<String> upload = this.webClient.post()
			.uri(url("/deaf"))
			.bodyValue(new byte[32 * 1024 * 1024])
			.retrieve()
			.bodyToMono(String.class);
		try {
			assertThatExceptionOfType(LoopTimeoutException.class)
				.isThrownBy(() -> this.loop.withTimeout(Duration.ofSeconds(2)).execute(upload))
				.withMessageContaining("sending the request");
		}
		finally {
			this.listensAgain.tryEmitValue("too late");
		}
		assertThat(get(url("/hello"))).isEqualTo("hello");
	}

	@Test
	void serverMayCallItselfThroughLoop() {
		create(Transport.AUTO);
		Mono<List<String>> calls = Flux.range(0, 20)
			.flatMap((i) -> this.webClient.get().uri(url("/self")).retrieve().bodyToMono(String.class), 20)
			.collectList();
		assertThat(this.loop.execute(calls)).hasSize(20).containsOnly("hello");
	}

	@ParameterizedTest
	@EnumSource(names = { "NIO", "AUTO" })
	void requestWorksAfterTaskThatInterruptedLoopThread(Transport transport) {
		create(transport);
		assertThat(get(url("/hello"))).isEqualTo("hello");
		this.loop.execute(Mono.fromRunnable(() -> Thread.currentThread().interrupt()));
		assertThat(get(url("/hello"))).isEqualTo("hello");
		assertThat(this.server.acceptedConnections()).isEqualTo(1);
	}

	@Test
	void timeoutSaysWhichExchangesAreOpenAndInWhichPhaseWithoutSecrets() {
		create(Transport.AUTO);
		String url = "http://user:secret@localhost:%d/%%s?token=secret".formatted(this.server.port());
		String origin = "GET http://localhost:%d".formatted(this.server.port());
		String[] open = { origin + "/never (waiting for the response) since ",
				origin + "/stalls (receiving the response) since " };
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			Mono<?> task = Mono.zip(
					this.webClient.get().uri(url.formatted("never")).retrieve().bodyToMono(String.class),
					this.webClient.get().uri(url.formatted("stalls")).retrieve().bodyToMono(String.class),
					this.webClient.get().uri(url.formatted("hello")).retrieve().bodyToMono(String.class));
			deadlines.passWhenWaitingFor(this.loopThread, open);
			assertThatExceptionOfType(LoopTimeoutException.class)
				.isThrownBy(() -> this.loop.withTimeout(SHORT).execute(task))
				.withMessageContainingAll(open)
				.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("secret").doesNotContain("/hello"));
		}
	}

	@Test
	void waitForConnectionEndsOnLoopThread() {
		this.maxConnections = 1;
		create(Transport.AUTO);
		Mono<String> stalled = this.webClient.get().uri(url("/never")).retrieve().bodyToMono(String.class);
		CompletableFuture<String> holdsConnection = this.loop.submit(stalled);
		await().until(() -> this.server.openConnections() == 1);
		Mono<String> waiting = stalled.doOnError((ex) -> this.clientThreads.add(Thread.currentThread().getName()));
		assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> this.loop.execute(waiting))
			.withMessageContaining("acquire");
		assertThat(this.clientThreads).containsExactly("loop-1");
		holdsConnection.cancel(false);
	}

	@Test
	void stopClosesConnectionsAlthoughLoopWasBusy() {
		create(Transport.AUTO);
		assertThat(get(url("/hello"))).isEqualTo("hello");
		CompletableFuture<Void> stopped;
		try (LoopFreezer freezer = LoopFreezer.freeze(this.loopThread)) {
			stopped = CompletableFuture.runAsync(this.loopThread::stop);
		}
		stopped.join();
		await().untilAsserted(() -> assertThat(this.server.openConnections()).isZero());
	}

	private void resolveNamesWith(DatagramSocket nameServer) {
		InetSocketAddress address = (InetSocketAddress) nameServer.getLocalSocketAddress();
		this.customizer = (client) -> resolvingWith(client, address);
	}

	private HttpClient resolvingWith(HttpClient client, InetSocketAddress nameServer) {
		DnsServerAddressStreamProvider provider = new SingletonDnsServerAddressStreamProvider(nameServer);
		// On the loop already here, or Reactor Netty starts its own for the resolver
		return client.runOn((useNative) -> this.loopThread.eventLoopGroup())
			.resolver((spec) -> spec.dnsAddressResolverGroupProvider(
					(builder) -> new DnsAddressResolverGroup(builder.nameServerProvider(provider))));
	}

	private void create(Transport transport) {
		LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector.resource((pool) -> {
			pool.maxConnections(this.maxConnections).pendingAcquireTimeout(Duration.ofMillis(100));
			this.pool.count(pool);
		}, this::connector);
		this.loopThread = new LoopThread(LoopSettings.defaults()
			.withTransport(transport)
			.withDrainTimeout(this.drainTimeout)
			// A report of a busy machine would have a thread
			.withWatchdogThreshold(Duration.ZERO), List.of(resource));
		this.loopThread.start();
		this.loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(10));
		this.webClient = WebClient.builder().clientConnector(new LoopClientHttpConnector(resource)).build();
	}

	private ClientHttpConnector connector(HttpClient client, UnaryOperator<HttpClient> onLoop) {
		return new ReactorClientHttpConnector(onLoop.apply(this.customizer.apply(client)));
	}

	private HttpClient recordThreads(HttpClient client) {
		Runnable record = () -> this.clientThreads.add(Thread.currentThread().getName());
		return client.doOnResolve((connection) -> record.run())
			.doAfterResolve((connection, address) -> record.run())
			.doOnConnected((connection) -> record.run())
			.doOnRequest((request, connection) -> record.run())
			.doAfterRequest((request, connection) -> record.run())
			.doOnResponse((response, connection) -> record.run())
			.doAfterResponseSuccess((response, connection) -> record.run());
	}

	private String get(String url) {
		return this.loop.execute(this.webClient.get().uri(url).retrieve().bodyToMono(String.class));
	}

	private String url(String path) {
		return "http://localhost:%d%s".formatted(this.server.port(), path);
	}

	private static Set<String> threads() {
		Thread[] threads = new Thread[Thread.activeCount() + 20];
		int count = Thread.enumerate(threads);
		return Arrays.stream(threads, 0, count).map(Thread::getName).collect(Collectors.toCollection(HashSet::new));
	}

}
