package io.github.loopthread.autoconfigure;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.TestServer;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The longest durations and the greatest numbers that properties can have.
 */
@Timeout(60)
class HugeValuesTests {

	private static final String LONGEST = "=9223372036854775807s";

	private static final String GREATEST = "=2147483647";

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class));

	@Test
	void mayBeAsGreatAsTheyGet() {
		try (TestServer server = TestServer
			.start((routes) -> routes.get("/", (request, response) -> response.sendString(Mono.just("hello"))))) {
			this.contextRunner
				.withPropertyValues("loop.timeout" + LONGEST, "loop.startup-timeout" + LONGEST,
						"loop.shutdown.drain-timeout" + LONGEST, "loop.shutdown.close-timeout" + LONGEST,
						"loop.watchdog.threshold" + LONGEST, "loop.web-client.pending-acquire-timeout" + LONGEST,
						"loop.web-client.max-idle-time" + LONGEST, "loop.max-concurrent-tasks" + GREATEST,
						"loop.web-client.max-connections=1", "loop.web-client.pending-acquire-max-count" + GREATEST)
				.run((context) -> {
					WebClient client = context.getBean(WebClient.class);
					Mono<String> get = client.get().uri(server.url("/")).retrieve().bodyToMono(String.class);
					String bodies = context.getBean(LoopTemplate.class)
						.execute(Mono.zip(get, get, (first, second) -> first + " " + second));
					assertThat(bodies).isEqualTo("hello hello");
				});
			await().untilAsserted(() -> assertThat(server.openConnections()).isZero());
		}
	}

}
