package io.github.loopthread.http;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.task.TaskRejectedException;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopInterruptedException;
import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopOverloadedException;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * A call that is refused has done nothing: a real server counts the orders it gets.
 */
class RefusedCallTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	private final AtomicInteger orders = new AtomicInteger();

	private final TestServer server = TestServer.start((routes) -> routes.post("/orders", (request, response) -> {
		this.orders.incrementAndGet();
		return response.send();
	}).get("/never", (request, response) -> response.sendString(Mono.never())));

	private final LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector.resource((pool) -> {
	}, (client, onLoop) -> new ReactorClientHttpConnector(onLoop.apply(client)));

	private final LoopThread loopThread = new LoopThread(
			LoopSettings.defaults().withMaxConcurrentTasks(1).withDrainTimeout(LONG), List.of(this.resource));

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, LONG);

	private final WebClient client = WebClient.builder()
		.baseUrl(this.server.url(""))
		.clientConnector(new LoopClientHttpConnector(this.resource))
		.build();

	private final List<Consumer<LoopOperations>> waitingCalls = List.of((loop) -> loop.execute(order()),
			(loop) -> loop.execute(orderAsStage()));

	private final List<Consumer<LoopOperations>> allCalls = List.of((loop) -> loop.execute(order()),
			(loop) -> loop.execute(orderAsStage()), (loop) -> loop.submit(order()),
			(loop) -> loop.submit(orderAsStage()));

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void noOrderArrived() {
		this.loopThread.stop();
		this.loopThread.start();
		// Whatever was sent would have arrived before this one
		this.loop.execute(order());
		assertThat(this.orders).hasValue(1);
		this.loopThread.stop();
		this.server.close();
		LoopThreads.assertNone("loop");
	}

	@Test
	void onLoopThread() {
		this.waitingCalls.forEach((call) -> assertThatIllegalStateException()
			.isThrownBy(() -> this.loop.execute(Mono.fromRunnable(() -> call.accept(this.loop)))));
	}

	@Test
	void onAnotherNonBlockingThread() {
		this.waitingCalls.forEach((call) -> assertThatIllegalStateException().isThrownBy(
				() -> Mono.fromRunnable(() -> call.accept(this.loop)).subscribeOn(Schedulers.parallel()).block()));
	}

	@Test
	void onThreadOfAnotherLoop() {
		LoopThread other = new LoopThread(LoopSettings.defaults().withName("other"), List.of());
		LoopTemplate otherLoop = new LoopTemplate(other, LONG);
		this.waitingCalls.forEach((call) -> assertThatIllegalStateException()
			.isThrownBy(() -> otherLoop.execute(Mono.fromRunnable(() -> call.accept(this.loop)))));
		other.stop();
	}

	@Test
	void ofInterruptedCaller() {
		this.waitingCalls.forEach((call) -> {
			Thread.currentThread().interrupt();
			assertThatExceptionOfType(LoopInterruptedException.class).isThrownBy(() -> call.accept(this.loop));
			assertThat(Thread.interrupted()).isTrue();
		});
	}

	@Test
	void whileStopping() {
		CompletableFuture<?> holdsStop = this.loop
			.submit(this.client.get().uri("/never").retrieve().toBodilessEntity());
		await().until(() -> this.server.openConnections() == 1);
		CompletableFuture<Void> stopped = new CompletableFuture<>();
		this.loopThread.stop(() -> stopped.complete(null));
		// The gate closes an instant after the state has changed
		await().untilAsserted(() -> assertAllRefused(LoopNotRunningException.class, "is stopping"));
		assertThat(this.loopThread.state()).isEqualTo(LoopThread.State.DRAINING);
		assertThat(holdsStop).isNotDone();
		assertThat(this.orders).hasValue(0);
		holdsStop.cancel(false);
		assertThat(stopped).succeedsWithin(LONG);
	}

	@Test
	void whileStopped() {
		this.loopThread.stop();
		assertThat(this.loopThread.state()).isEqualTo(LoopThread.State.STOPPED);
		assertAllRefused(LoopNotRunningException.class, "was stopped");
		assertThat(this.orders).hasValue(0);
	}

	@Test
	void atTheLimit() {
		CompletableFuture<?> only = this.loop.submit(Mono.never());
		assertAllRefused(LoopOverloadedException.class, "1");
		only.cancel(false);
		await().until(() -> this.loopThread.activeTasks() == 0);
	}

	private void assertAllRefused(Class<? extends TaskRejectedException> type, String reason) {
		assertThat(this.allCalls)
			.allSatisfy((call) -> assertThatExceptionOfType(type).isThrownBy(() -> call.accept(this.loop))
				.withMessageContaining(reason));
	}

	private Mono<?> order() {
		return this.client.post().uri("/orders").retrieve().toBodilessEntity();
	}

	private Supplier<CompletableFuture<Object>> orderAsStage() {
		return () -> order().cast(Object.class).toFuture();
	}

}
