package io.github.loopthread.leaks;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import io.github.loopthread.CallAccount.Call;
import io.github.loopthread.Fork;
import io.github.loopthread.LoopLease;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopTemplate;

/**
 * Calls of every kind, and every ending of each, that make HTTP exchanges.
 */
final class CallsOverSockets {

	private final LoopTemplate loop;

	private final WebClient client;

	CallsOverSockets(LoopTemplate loop, WebClient client) {
		this.loop = loop;
		this.client = client;
	}

	List<BiConsumer<Call, Random>> kinds() {
		return List.of(this::text, this::text, this::text, this::post, this::status, this::unreadBody,
				this::nobodyThere, this::fatalErrorAfterResponse, this::timeout, this::timeoutAmidBody,
				this::timeoutAtAnyMoment, this::cancelledExchange, this::cancelledAmidBody, this::interrupt,
				this::scope, this::scopeClosedEarly, this::parts, this::partsClosedEarly, this::lease);
	}

	private void text(Call call, Random random) {
		this.loop.execute(call.source(get("/hello")));
	}

	private void post(Call call, Random random) {
		this.loop.withName("post")
			.execute(call
				.source(this.client.post().uri("/echo").bodyValue("a body").retrieve().bodyToMono(String.class)));
	}

	private void status(Call call, Random random) {
		this.loop.execute(call.source(
				get("/broken").onErrorMap(WebClientResponseException.class, (ex) -> new IllegalArgumentException(ex))));
	}

	private void unreadBody(Call call, Random random) {
		this.loop.execute(call
			.source(this.client.get().uri("/large").exchangeToMono((response) -> Mono.just(response.statusCode()))));
	}

	private void nobodyThere(Call call, Random random) {
		this.loop.execute(call.source(get("http://127.0.0.1:1/").onErrorMap(WebClientRequestException.class,
				(ex) -> new IllegalArgumentException(ex))));
	}

	private void fatalErrorAfterResponse(Call call, Random random) {
		Expected.error(() -> this.loop.execute(call.source(get("/hello").map((body) -> Expected.fail()))));
	}

	private void timeout(Call call, Random random) {
		within(5).execute(call.source(get("/never")));
	}

	private void timeoutAmidBody(Call call, Random random) {
		within(5).execute(call.source(get("/half")));
	}

	private void timeoutAtAnyMoment(Call call, Random random) {
		DataBuffer body = within(1 + random.nextInt(3))
			.execute(call.source(this.client.get().uri("/hello").retrieve().bodyToMono(DataBuffer.class)));
		DataBufferUtils.release(body);
	}

	private void cancelledExchange(Call call, Random random) {
		CompletableFuture<String> future = call.future(this.loop.submit(call.source(get("/never"))));
		if (random.nextBoolean()) {
			this.loop.execute(get("/hello"));
		}
		future.cancel(false);
		future.join();
	}

	private void cancelledAmidBody(Call call, Random random) {
		CompletableFuture<DataBuffer> begun = new CompletableFuture<>();
		CompletableFuture<Void> future = call.future(this.loop.submit(call.source(this.client.get()
			.uri("/half")
			.retrieve()
			.bodyToFlux(DataBuffer.class)
			.doOnNext(begun::complete)
			.then())));
		future.whenComplete((nothing, ex) -> begun.completeExceptionally(new IllegalStateException(ex)));
		DataBufferUtils.release(begun.join());
		future.cancel(false);
		future.join();
	}

	private void interrupt(Call call, Random random) {
		Thread caller = Thread.currentThread();
		Expected.interrupt(() -> this.loop
			.execute(call.source(get("/hello").doOnNext((body) -> caller.interrupt()).then(get("/never")))));
	}

	private void scope(Call call, Random random) {
		try (LoopScope scope = this.loop.scope()) {
			Fork<String> first = scope.fork(call.source(get("/hello")));
			Fork<String> second = scope.fork("broken", get("/broken"));
			first.get();
			second.orElse("nothing");
		}
	}

	private void scopeClosedEarly(Call call, Random random) {
		try (LoopScope scope = this.loop.scope()) {
			scope.fork(get("/never"));
			scope.fork(call.source(get("/hello")));
			scope.first();
		}
	}

	private void parts(Call call, Random random) {
		try (Stream<DataBuffer> parts = parts(call)) {
			parts.forEach(DataBufferUtils::release);
		}
	}

	private void partsClosedEarly(Call call, Random random) {
		try (Stream<DataBuffer> parts = parts(call)) {
			DataBufferUtils.release(parts.iterator().next());
		}
	}

	private void lease(Call call, Random random) {
		try (LoopLease<String> lease = this.loop.open(call.source(get("/hello")), (body) -> get("/hello").then())) {
			lease.get();
		}
	}

	private Stream<DataBuffer> parts(Call call) {
		return this.loop.stream(call.source(Mono.just(this.client))
			.flatMapMany((client) -> client.get().uri("/large").retrieve().bodyToFlux(DataBuffer.class)));
	}

	private LoopTemplate within(int millis) {
		return this.loop.withTimeout(Duration.ofMillis(millis));
	}

	private Mono<String> get(String uri) {
		return this.client.get().uri(uri).retrieve().bodyToMono(String.class);
	}

}
