package io.github.loopthread.http;

import java.io.IOException;
import java.lang.reflect.UndeclaredThrowableException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientException;

import io.github.loopthread.Fork;
import io.github.loopthread.HeldDeadlines;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.PoolCensus;
import io.github.loopthread.RawServer;
import io.github.loopthread.RawServer.Script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Upstreams that break off, fall silent, or come too late.
 */
class BrokenUpstreamTests {

	private static final String HEAD = "HTTP/1.1 200 OK\n";

	private final PoolCensus pool = new PoolCensus();

	// What the loop does when it has begun to connect, and cannot know yet whether it is
	private volatile Runnable begun = () -> {
	};

	private final LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector.resource((pool) -> {
		pool.maxConnections(2).pendingAcquireMaxCount(-1);
		this.pool.count(pool);
	}, (client, onLoop) -> new ReactorClientHttpConnector(onLoop.apply(client.doOnChannelInit(
			(observer, channel, address) -> channel.pipeline().addFirst(new ConnectHandler(() -> this.begun.run()))))));

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ZERO),
			List.of(this.resource));

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	private final WebClient client = WebClient.builder()
		.clientConnector(new LoopClientHttpConnector(this.resource))
		.build();

	private RawServer server;

	@AfterEach
	void close() throws Exception {
		this.loopThread.stop();
		await().until(() -> this.server.openConnections() == 0);
		this.server.close();
	}

	@ParameterizedTest
	@ValueSource(
			strings = { HEAD + "Content-Length: 100\n\nhalf of it", HEAD + "Transfer-Encoding: chunked\n\n4\nhalf\n",
					HEAD + "Transfer-Encoding: chunked\n\n4\nhalf\n0\n", HEAD + "Content-Len", "" })
	void truncatedResponseIsNoSuccess(String response) throws Exception {
		start((connection) -> {
			connection.readRequest();
			connection.write(response);
		});
		assertThatExceptionOfType(WebClientException.class).isThrownBy(() -> this.loop.execute(get()));
	}

	@Test
	void resetInTheMiddleOfBodyIsNoSuccess() throws Exception {
		CountDownLatch received = new CountDownLatch(1);
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + "Content-Length: 100\n\nhalf of it");
			awaitLatch(received);
			connection.reset();
		});
		Mono<String> body = this.client.get()
			.uri(this.server.url("/"))
			.exchangeToMono((response) -> response.bodyToFlux(String.class)
				.doOnSubscribe((subscription) -> received.countDown())
				.reduce(String::concat));
		assertThatExceptionOfType(UndeclaredThrowableException.class).isThrownBy(() -> this.loop.execute(body))
			.withCauseInstanceOf(IOException.class);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "HTTP/1.1 200", HEAD + "Content-Length: 100\n\n" })
	void timeoutClosesConnectionOfServerThatFallsSilent(String beginning) throws Exception {
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			start((connection) -> {
				connection.readRequest();
				connection.write(beginning);
				deadlines.pass();
				connection.stall();
			});
			assertThatExceptionOfType(LoopTimeoutException.class)
				.isThrownBy(() -> this.loop.withTimeout(Duration.ofMillis(200)).execute(get()));
		}
		await().until(() -> this.server.openConnections() == 0);
	}

	@Test
	void timeoutOfScopeSaysWhatEachForkWaitsFor() throws Exception {
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + "Content-Length: 100\n\nhalf of it").stall();
		});
		try (HeldDeadlines deadlines = new HeldDeadlines();
				LoopScope scope = this.loop.withTimeout(Duration.ofMillis(300)).withName("page").scope()) {
			scope.fork("reviews", Mono.just("no reviews"));
			Fork<String> stock = scope.fork("stock", get("/stock?token=secret"));
			Fork<String> price = scope.fork("price", get("/price?token=secret"));
			Fork<String> rest = scope.fork("rest", get("/rest?token=secret"));
			String server = Pattern.quote(this.server.url(""));
			await().until(() -> this.loopThread.tasks().toString().split("receiving the response", -1).length == 3);
			deadlines.pass();
			assertThatExceptionOfType(LoopTimeoutException.class).isThrownBy(stock::get)
				.withMessageMatching("Scope 'page' did not finish within 300ms and was cancelled after \\d+ms: "
						+ "1 'reviews' SUCCESS after \\d+ms; "
						+ "2 'stock' TIMED_OUT after \\d+ms, waiting for GET %1$s/stock \\(receiving the response\\) since \\d+ms; "
							.formatted(server)
						+ "3 'price' TIMED_OUT after \\d+ms, waiting for GET %1$s/price \\(receiving the response\\) since \\d+ms; "
							.formatted(server)
						+ "4 'rest' TIMED_OUT after \\d+ms, waiting for GET %1$s/rest \\(.+\\) since \\d+ms\\. "
							.formatted(server)
						+ "Raise 'loop.timeout' or use withTimeout");
			assertThat(List.of(price.outcome(), rest.outcome())).containsOnly(Fork.Outcome.TIMED_OUT);
		}
		await().until(() -> this.server.openConnections() == 0);
	}

	@Test
	void callersThatWaitForConnectionWakeWhenLoopStops() throws Exception {
		start((connection) -> {
			connection.readRequest();
			connection.stall();
		});
		List<CompletableFuture<String>> calls = Stream.generate(() -> this.loop.submit(get())).limit(100).toList();
		await().until(() -> this.server.openConnections() == 2);
		this.loopThread.stop();
		assertThat(calls).allSatisfy((call) -> assertThatExceptionOfType(LoopStoppedException.class)
			.isThrownBy(() -> call.get(10, TimeUnit.SECONDS)));
	}

	@Test
	void connectionsThatComeAfterTheirCallsWereCancelledAreNotLost() throws Exception {
		Semaphore accepted = new Semaphore(0);
		Queue<String> asked = new ConcurrentLinkedQueue<>();
		start((connection) -> {
			accepted.release();
			for (String head = connection.readHead(); head != null; head = connection.readHead()) {
				asked.add(head.split(" ")[1]);
				connection.write(HEAD + "Connection: close\nContent-Length: 5\n\nhello");
			}
		});
		for (int i = 0; i < 50; i++) {
			accepted.drainPermits();
			CountDownLatch cancelled = new CountDownLatch(1);
			this.begun = () -> awaitLatch(cancelled);
			CompletableFuture<String> call = this.loop.submit(get("/cancelled"));
			assertThat(accepted.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
			call.cancel(false);
			cancelled.countDown();
			// It is closed, or goes to the pool
			await().pollInterval(Duration.ofMillis(1))
				.until(() -> this.pool.acquired() == 0 && this.pool.idle() == this.server.openConnections());
			assertThat(this.loop.execute(get("/next"))).isEqualTo("hello");
		}
		// Each was there at the cancel, and the loop did not know it yet
		assertThat(asked).hasSize(50).containsOnly("/next");
	}

	@Test
	void cancelsAtAnyMomentLoseNoConnection() throws Exception {
		start((connection) -> {
			while (connection.readRequest()) {
				connection.write(HEAD + "Content-Length: 5\n\nhello");
			}
		});
		for (int i = 0; i < 500; i++) {
			CompletableFuture<String> first = this.loop.submit(get());
			CompletableFuture<String> second = this.loop.submit(get());
			for (int turn = 0; turn < i % 10; turn++) {
				this.loop.execute(Mono.empty());
			}
			first.cancel(false);
			second.cancel(false);
		}
		await().until(() -> this.loopThread.activeTasks() == 0);
		// A connection that was lost would still count against the limit of two
		Mono<String> both = Mono.zip(get(), get()).map((bodies) -> bodies.getT1() + bodies.getT2());
		assertThat(this.loop.execute(both)).isEqualTo("hellohello");
	}

	private Mono<String> get() {
		return get("/");
	}

	private Mono<String> get(String path) {
		return this.client.get().uri(this.server.url(path)).retrieve().bodyToMono(String.class);
	}

	private void start(Script script) throws IOException {
		this.server = RawServer.start(script);
		this.loopThread.start();
	}

	private static void awaitLatch(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Does something on the loop when a connection has been begun.
	 */
	private static final class ConnectHandler extends ChannelOutboundHandlerAdapter {

		private final Runnable action;

		ConnectHandler(Runnable action) {
			this.action = action;
		}

		@Override
		public void connect(ChannelHandlerContext context, SocketAddress remoteAddress, SocketAddress localAddress,
				ChannelPromise promise) {
			context.connect(remoteAddress, localAddress, promise);
			this.action.run();
		}

	}

}
