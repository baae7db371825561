package io.github.loopthread.autoconfigure.web;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.test.web.servlet.client.RestTestClient;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.NothingLeftExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopWebMvcAutoConfiguration} in a real servlet container.
 */
@Tag(NothingLeftExtension.OTHER_CLIENTS)
@ExtendWith(OutputCaptureExtension.class)
class LoopWebMvcAutoConfigurationTests {

	@ParameterizedTest
	@CsvSource({ "timeout,504", "interrupt,503", "overload,503", "stopped,503", "not-running,503",
			"not-running-wrapped,503", "on-loop,500", "own,500" })
	void everyEndingHasItsStatus(String ending, int status) {
		try (ConfigurableApplicationContext context = run(new Class<?>[] { Endings.class })) {
			Map<?, ?> body = client(context).get()
				.uri("/" + ending)
				.exchange()
				.expectStatus()
				.isEqualTo(status)
				.expectHeader()
				.contentType(MediaType.APPLICATION_JSON)
				.expectBody(Map.class)
				.returnResult()
				.getResponseBody();
			assertThat(body.get("status")).isEqualTo(status);
		}
	}

	@Test
	void scopeThatRequestLeavesOpenEndsWithIt(CapturedOutput output) {
		try (ConfigurableApplicationContext context = run(new Class<?>[] { Endings.class })) {
			client(context).get().uri("/forgotten-scope").exchange().expectStatus().isOk();
			LoopThread loopThread = context.getBean(LoopThread.class);
			await().until(() -> loopThread.openScopes() == 0 && loopThread.activeTasks() == 0);
			assertThat(output).contains("Scope 'page' was left open and is closed now.")
				.contains("Endings.forgetToClose(LoopWebMvcAutoConfigurationTests.java:");
		}
	}

	@Test
	void scopeThatAsynchronousRequestHasLeftOpenDoesNotBoundTheNextRequest() {
		try (ConfigurableApplicationContext context = run(new Class<?>[] { Endings.class },
				"--server.tomcat.threads.max=1")) {
			RestTestClient client = client(context);
			CompletableFuture<?> asynchronous = new SimpleAsyncTaskExecutor("client-")
				.submitCompletable(() -> client.get().uri("/forgotten-by-async").exchange().expectStatus().isOk());
			await().until(() -> context.getBean(LoopThread.class).openScopes() == 1);
			// On the only thread, while the other request has not ended
			client.get().uri("/scope").exchange().expectStatus().isOk().expectBody(String.class).isEqualTo("value");
			assertThat(asynchronous).succeedsWithin(Duration.ofSeconds(20));
		}
	}

	@Test
	void isProblemDetailWhereApplicationUsesThem() {
		try (ConfigurableApplicationContext context = run(new Class<?>[] { Endings.class },
				"--spring.mvc.problemdetails.enabled=true")) {
			Map<?, ?> body = client(context).get()
				.uri("/timeout")
				.exchange()
				.expectStatus()
				.isEqualTo(504)
				.expectHeader()
				.contentType(MediaType.APPLICATION_PROBLEM_JSON)
				.expectBody(Map.class)
				.returnResult()
				.getResponseBody();
			assertThat(body.toString()).contains("status=504", "title=Gateway Timeout", "instance=/timeout");
		}
	}

	@Test
	void handlerOfApplicationWins() {
		try (ConfigurableApplicationContext context = run(new Class<?>[] { Endings.class, OwnHandler.class })) {
			client(context).get()
				.uri("/timeout")
				.exchange()
				.expectStatus()
				.isEqualTo(418)
				.expectBody(String.class)
				.isEqualTo("mine");
		}
	}

	@Test
	void isNotThereOutsideServletApplicationsOrWhenDisabled() {
		AutoConfigurations configurations = AutoConfigurations.of(WebMvcAutoConfiguration.class,
				LoopWebMvcAutoConfiguration.class);
		new ApplicationContextRunner().withConfiguration(configurations)
			.run((context) -> assertThat(context).doesNotHaveBean(LoopStatusExceptionResolver.class));
		new WebApplicationContextRunner().withConfiguration(configurations)
			.run((context) -> assertThat(context).hasSingleBean(LoopStatusExceptionResolver.class));
		new WebApplicationContextRunner().withConfiguration(configurations)
			.withPropertyValues("loop.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(LoopStatusExceptionResolver.class));
	}

	private static ConfigurableApplicationContext run(Class<?>[] sources, String... arguments) {
		SpringApplication spring = new SpringApplication(sources);
		spring.setDefaultProperties(Map.of("server.port", "0", "loop.max-concurrent-tasks", "5",
				"loop.shutdown.drain-timeout", "0s", "spring.main.banner-mode", "off"));
		return spring.run(arguments);
	}

	private static RestTestClient client(ConfigurableApplicationContext context) {
		int port = ((WebServerApplicationContext) context).getWebServer().getPort();
		return RestTestClient.bindToServer().baseUrl("http://localhost:" + port).build();
	}

	@SpringBootConfiguration
	@EnableAutoConfiguration
	@RestController
	static class Endings {

		private final LoopThread loopThread;

		private final LoopTemplate loop;

		private final DeferredResult<String> later = new DeferredResult<>();

		private final Map<String, Supplier<?>> endings;

		Endings(LoopThread loopThread, LoopTemplate loop, WebClient client) {
			this.loop = loop;
			this.loopThread = loopThread;
			this.endings = Map.of("timeout", () -> loop.withTimeout(Duration.ofMillis(20)).execute(Mono.never()),
					"interrupt", () -> interrupt(loop), "overload", () -> overload(loop), "stopped",
					() -> loop.execute(Mono.fromRunnable(loopThread::stop).then(Mono.never())), "not-running",
					() -> afterStop(() -> loop.execute(Mono.just("never"))), "not-running-wrapped",
					() -> afterStop(() -> client.get().uri("http://localhost:1").retrieve().toBodilessEntity().block()),
					"on-loop", () -> loop.execute(Mono.fromSupplier(() -> loop.execute(Mono.just("never")))), "own",
					() -> loop.execute(Mono.error(new UnsupportedOperationException())), "forgotten-scope",
					() -> forgetToClose(loop));
		}

		@GetMapping("/{ending}")
		Object end(@PathVariable String ending) {
			return this.endings.get(ending).get();
		}

		@GetMapping("/forgotten-by-async")
		DeferredResult<String> forgetInAsynchronousRequest() {
			this.loop.withTimeout(Duration.ofMillis(20)).scope();
			return this.later;
		}

		@GetMapping("/scope")
		String scope() {
			try (LoopScope scope = this.loop.withTimeout(Duration.ofSeconds(20)).scope()) {
				return scope.fork(Mono.delay(Duration.ofMillis(50)).thenReturn("value")).orElse("too late");
			}
			finally {
				this.later.setResult("later");
			}
		}

		private static Object forgetToClose(LoopTemplate loop) {
			LoopScope scope = loop.withName("page").withTimeout(Duration.ofMinutes(1)).scope();
			return scope.fork("stock", Mono.never()).name();
		}

		private Object afterStop(Supplier<?> ending) {
			this.loopThread.stop();
			return ending.get();
		}

		private static Object interrupt(LoopTemplate loop) {
			Thread.currentThread().interrupt();
			try {
				return loop.execute(Mono.just("never"));
			}
			finally {
				// The container's thread has more to do
				Thread.interrupted();
			}
		}

		private static Object overload(LoopTemplate loop) {
			List<?> running = IntStream.range(0, 5).mapToObj((i) -> loop.submit(Mono.never())).toList();
			return List.of(running, loop.execute(Mono.just("never")));
		}

	}

	@RestControllerAdvice
	static class OwnHandler {

		@ExceptionHandler
		ResponseEntity<String> handle(LoopTimeoutException ex) {
			return ResponseEntity.status(418).body("mine");
		}

	}

}
