package io.github.loopthread.faults;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientRequestException;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.RawServer;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * A host whose connections are all in use: whoever waits for one is told so before its
 * own time is up, and others go on as soon as one is free.
 */
@Timeout(60)
class ExhaustedPoolTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class))
		.withPropertyValues("loop.web-client.max-connections=2", "loop.web-client.pending-acquire-timeout=2s");

	private final CountDownLatch free = new CountDownLatch(1);

	@Test
	@DisplayName("CP1 exhausted pool")
	void whoeverWaitsIsToldWhyAndOthersGoOnWhenConnectionIsFree() throws Exception {
		try (RawServer server = RawServer.start((connection) -> {
			while (connection.readRequest()) {
				awaitLatch(this.free);
				connection.write("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello");
			}
		})) {
			this.contextRunner.run((context) -> {
				LoopTemplate loop = context.getBean(LoopTemplate.class);
				Mono<String> call = context.getBean(WebClient.class)
					.get()
					.uri(server.url("/"))
					.retrieve()
					.bodyToMono(String.class);
				List<CompletableFuture<String>> holders = submit(2, loop, call);
				await().until(() -> server.acceptedConnections() == 2);
				assertThatExceptionOfType(WebClientRequestException.class).isThrownBy(() -> loop.execute(call))
					.withCauseInstanceOf(TimeoutException.class)
					.withMessageContaining("has been pending for more than the configured timeout of 2000ms");
				List<CompletableFuture<String>> waiting = submit(2, loop, call);
				this.free.countDown();
				assertThat(Stream.of(holders, waiting).flatMap(List::stream))
					.allSatisfy((end) -> assertThat(end).succeedsWithin(LONG).isEqualTo("hello"));
				assertThat(server.acceptedConnections()).isEqualTo(2);
			});
		}
	}

	private static List<CompletableFuture<String>> submit(int calls, LoopTemplate loop, Mono<String> call) {
		return Stream.generate(() -> loop.submit(call)).limit(calls).toList();
	}

	private static void awaitLatch(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
