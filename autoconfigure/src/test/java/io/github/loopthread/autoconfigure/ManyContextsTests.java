package io.github.loopthread.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.TestServer;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Fifty applications in one JVM, each with the default settings, that come and go in any
 * order.
 */
@Timeout(180)
class ManyContextsTests {

	private static final int CONTEXTS = 50;

	private final long seed = System.nanoTime();

	private final Random random = new Random(this.seed);

	private final List<RunningContext> running = new ArrayList<>();

	private final SimpleAsyncTaskExecutor threads = new SimpleAsyncTaskExecutor("deploy-");

	@Test
	void eachHasItsOwnLoopAndClosingOneDisturbsNoOther() {
		try (TestServer server = TestServer
			.start((routes) -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("hello")))
				.get("/never", (request, response) -> response.sendString(Mono.never())))) {
			for (int started = 0; started < CONTEXTS || !this.running.isEmpty();) {
				if (started < CONTEXTS && this.random.nextInt(3) > 0) {
					this.running.add(new RunningContext(server));
					started++;
				}
				else if (!this.running.isEmpty()) {
					Collections.shuffle(this.running, this.random);
					this.running.remove(0).close();
				}
				assertUndisturbed(server);
			}
		}
		finally {
			this.running.forEach(RunningContext::close);
		}
	}

	@Test
	@DisplayName("L8 one closes while the next one starts")
	void closingOneWhileTheNextOneStartsDisturbsNeither() {
		try (TestServer server = TestServer
			.start((routes) -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("hello")))
				.get("/never", (request, response) -> response.sendString(Mono.never())))) {
			this.running.add(new RunningContext(server));
			for (int i = 0; i < 5; i++) {
				RunningContext before = this.running.remove(0);
				CompletableFuture<RunningContext> next = this.threads
					.submitCompletable(() -> new RunningContext(server));
				CompletableFuture<Void> closed = this.threads.submitCompletable(before::close);
				assertThat(closed).succeedsWithin(Duration.ofSeconds(20));
				assertThat(next).succeedsWithin(Duration.ofSeconds(20));
				this.running.add(next.join());
				assertUndisturbed(server);
			}
			this.running.remove(0).close();
		}
	}

	private void assertUndisturbed(TestServer server) {
		int count = this.running.size();
		await().untilAsserted(() -> {
			List<String> threads = LoopThreads.alive("loop");
			assertThat(threads).as("seed %d", this.seed).hasSize(2 * count);
			assertThat(threads).as("seed %d", this.seed).filteredOn("loop-1"::equals).hasSize(count);
			assertThat(threads).as("seed %d", this.seed).filteredOn("loop-1-watchdog"::equals).hasSize(count);
			// Of each one its endless exchange, and perhaps another that is kept alive
			assertThat(server.openConnections()).as("seed %d", this.seed).isBetween(count, 2 * count);
		});
		assertThat(this.running).as("seed %d", this.seed).noneMatch((context) -> context.endless.isDone());
		if (count > 0) {
			RunningContext context = this.running.get(this.random.nextInt(count));
			assertThat(context.hello()).as("seed %d", this.seed).isEqualTo("hello");
		}
	}

	/**
	 * An application with a task that lasts until it closes.
	 */
	private final class RunningContext {

		private final ConfigurableApplicationContext context;

		private final CompletableFuture<String> endless;

		RunningContext(TestServer server) {
			this.context = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
				.properties("spring.main.banner-mode=off", "spring.main.log-startup-info=false",
						"loop.web-client.base-url=" + server.url(""), "loop.shutdown.drain-timeout=0s")
				.run();
			this.endless = this.context.getBean(LoopTemplate.class).withoutTimeout().submit(get("/never"));
		}

		String hello() {
			return this.context.getBean(LoopTemplate.class).execute(get("/hello"));
		}

		void close() {
			this.context.close();
			assertThat(this.endless).as("seed %d", ManyContextsTests.this.seed)
				.failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.isInstanceOf(LoopStoppedException.class);
		}

		private Mono<String> get(String path) {
			return this.context.getBean(WebClient.class).get().uri(path).retrieve().bodyToMono(String.class);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class })
	static class Application {

	}

}
