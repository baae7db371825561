package io.github.loopthread.clients;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.github.loopthread.CallerValues;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.LoopTimeoutException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * gRPC as a resource of the loop, as {@code docs/clients.md} shows it.
 */
class GrpcClientTests {

	private static final MethodDescriptor<String, String> GREET = MethodDescriptor.newBuilder(new Text(), new Text())
		.setType(MethodType.UNARY)
		.setFullMethodName("shop.Greeter/Greet")
		.build();

	private final Queue<StreamObserver<String>> held = new ConcurrentLinkedQueue<>();

	private final Queue<String> cancelled = new ConcurrentLinkedQueue<>();

	private final Queue<String> seen = new ConcurrentLinkedQueue<>();

	private final Server server = startServer();

	private final LoopResource<ManagedChannel> greeter = new ClientConfiguration()
		.greeter("localhost:" + this.server.getPort());

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults().withDrainTimeout(Duration.ZERO),
			List.of(this.greeter), CallerValues.loopContext());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	GrpcClientTests() throws IOException {
	}

	@BeforeEach
	void start() {
		this.loopThread.start();
	}

	@AfterEach
	void stop() throws InterruptedException {
		this.loopThread.stop();
		this.server.shutdownNow();
		assertThat(this.server.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void returnsAnswer() {
		String greeting = this.loop.execute(() -> greet("Ada"));
		assertThat(greeting).isEqualTo("Hello Ada");
	}

	@Test
	void operatorsBehindPublishOnRunOnLoopWithContext() {
		try (CallerValues values = CallerValues.set("alice")) {
			Mono<String> greeting = Mono.fromFuture(() -> greet("Ada"))
				.publishOn(this.loopThread.scheduler())
				.map((answer) -> whatIsSeen(answer));
			assertThat(this.loop.execute(greeting)).isEqualTo("Hello Ada, alice on loop-1");
		}
	}

	@Test
	void functionsBehindStageRunOnLoopWithoutContext() {
		CompletableFuture<String> greeting;
		try (CallerValues values = CallerValues.set("alice")) {
			greeting = this.loop.submit(() -> greet("later").thenApply(GrpcClientTests::whatIsSeen));
			await().until(() -> this.held.size() == 1);
		}
		this.held.element().onNext("Hello later");
		this.held.element().onCompleted();
		assertThat(greeting).succeedsWithin(Duration.ofSeconds(10)).isEqualTo("Hello later, none on loop-1");
	}

	@Test
	void interceptorsSeeContext() {
		ClientInterceptor interceptor = new ClientInterceptor() {

			@Override
			public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options,
					Channel next) {
				GrpcClientTests.this.seen.add(whatIsSeen("interceptor"));
				return next.newCall(method, options);
			}

		};
		try (CallerValues values = CallerValues.set("alice")) {
			this.loop.execute(() -> greet(ClientInterceptors.intercept(this.greeter.get(), interceptor), "Ada"));
		}
		assertThat(this.seen).containsExactly("interceptor, alice on loop-1");
	}

	@Test
	void failureIsThatOfGrpc() {
		assertThatExceptionOfType(StatusRuntimeException.class)
			.isThrownBy(() -> this.loop.execute(() -> greet("nobody")))
			.withMessage("INVALID_ARGUMENT: nobody is nobody");
	}

	@Test
	void timeoutCancelsCallAtServer() {
		// The first call takes a while
		returnsAnswer();
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.loop.withTimeout(Duration.ofSeconds(1)).execute(() -> greet("later")));
		await().untilAsserted(() -> assertThat(this.cancelled).containsExactly("later"));
	}

	@Test
	void timeoutOfMonoCancelsCallAtServer() {
		returnsAnswer();
		Mono<Integer> length = Mono.fromFuture(() -> greet("later"))
			.publishOn(this.loopThread.scheduler())
			.map(String::length);
		assertThatExceptionOfType(LoopTimeoutException.class)
			.isThrownBy(() -> this.loop.withTimeout(Duration.ofSeconds(1)).execute(length));
		await().untilAsserted(() -> assertThat(this.cancelled).containsExactly("later"));
	}

	@Test
	void namesAreResolvedApartFromLoop() {
		returnsAnswer();
		// The server has none
		assertThat(LoopThreads.alive("grpc-default-executor")).isNotEmpty();
	}

	@Test
	void connectsAnewAtEachStartOfTheLoop() throws InterruptedException {
		for (int round = 0; round < 3; round++) {
			ManagedChannel channel = this.greeter.get();
			returnsAnswer();
			CompletableFuture<String> open = this.loop.submit(() -> greet("later"));
			int calls = round + 1;
			await().until(() -> this.held.size() == calls);
			this.loopThread.stop();
			assertThat(open).failsWithin(Duration.ofSeconds(10)).withThrowableOfType(LoopStoppedException.class);
			assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
			await().until(() -> this.cancelled.size() == calls);
			this.loopThread.start();
		}
		returnsAnswer();
	}

	private CompletableFuture<String> greet(String name) {
		return greet(this.greeter.get(), name);
	}

	static <T> CompletableFuture<T> stage(ListenableFuture<T> future) {
		CompletableFuture<T> stage = new CompletableFuture<>();
		Futures.addCallback(future, new FutureCallback<>() {

			@Override
			public void onSuccess(T value) {
				stage.complete(value);
			}

			@Override
			public void onFailure(Throwable ex) {
				stage.completeExceptionally(ex);
			}

		}, Runnable::run);
		stage.whenComplete((value, ex) -> future.cancel(true));
		return stage;
	}

	private static CompletableFuture<String> greet(Channel channel, String name) {
		return stage(ClientCalls.futureUnaryCall(channel.newCall(GREET, CallOptions.DEFAULT), name));
	}

	private Server startServer() throws IOException {
		ServerServiceDefinition service = ServerServiceDefinition.builder("shop.Greeter")
			.addMethod(GREET, ServerCalls.asyncUnaryCall(this::answer))
			.build();
		return Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
			.directExecutor()
			.addService(service)
			.build()
			.start();
	}

	private void answer(String name, StreamObserver<String> observer) {
		switch (name) {
			case "nobody" ->
				observer.onError(Status.INVALID_ARGUMENT.withDescription("nobody is nobody").asRuntimeException());
			case "later" -> {
				((ServerCallStreamObserver<String>) observer).setOnCancelHandler(() -> this.cancelled.add(name));
				this.held.add(observer);
			}
			default -> {
				observer.onNext("Hello " + name);
				observer.onCompleted();
			}
		}
	}

	private static String whatIsSeen(String where) {
		return "%s, %s on %s".formatted(where, CallerValues.current(), Thread.currentThread().getName());
	}

	private static final class Text implements Marshaller<String> {

		@Override
		public InputStream stream(String text) {
			return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
		}

		@Override
		public String parse(InputStream stream) {
			try {
				return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ClientConfiguration {

		@Bean
		LoopResource<ManagedChannel> greeter(String target) {
			return LoopResource.of("greeter",
					(loop) -> Mono.fromSupplier(() -> NettyChannelBuilder.forTarget(target)
						.eventLoopGroup(loop.eventLoopGroup())
						.channelType(loop.getTransport().socketChannelType())
						.executor(loop.eventLoopGroup())
						.usePlaintext()
						.build()),
					(channel) -> Mono.fromRunnable(channel::shutdownNow));
		}

	}

}
