package io.github.loopthread.autoconfigure.http;

import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.util.Map;

import com.sun.management.UnixOperatingSystemMXBean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.TestServer;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What a context with loop and client leaves behind when it closes, and what a loop does
 * when it restarts: nothing.
 */
@DisabledOnOs(OS.WINDOWS)
class NothingLeftBehindTests {

	private static final int ROUNDS = 20;

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class));

	@Test
	void contextsLeaveNoThreadNoDescriptorAndNoResolver() throws Exception {
		try (TestServer server = server()) {
			useContext(server);
			await().until(() -> server.openConnections() == 0);
			long descriptors = openDescriptors();
			int resolvers = cachedResolvers();
			for (int i = 0; i < ROUNDS; i++) {
				useContext(server);
			}
			assertThat(cachedResolvers()).isEqualTo(resolvers);
			await().untilAsserted(() -> assertThat(openDescriptors()).isLessThanOrEqualTo(descriptors));
			await().untilAsserted(() -> assertThat(server.openConnections()).isZero());
		}
		LoopThreads.assertNone("loop");
	}

	@Test
	void restartsLeaveNoDescriptorAndNoResolver() throws Exception {
		try (TestServer server = server()) {
			this.contextRunner.run((context) -> {
				request(context.getBean(LoopTemplate.class), context.getBean(WebClient.class), server);
				long descriptors = openDescriptors();
				int resolvers = cachedResolvers();
				for (int i = 0; i < ROUNDS; i++) {
					context.getSourceApplicationContext().stop();
					context.getSourceApplicationContext().start();
					request(context.getBean(LoopTemplate.class), context.getBean(WebClient.class), server);
				}
				assertThat(cachedResolvers()).isEqualTo(resolvers);
				await().untilAsserted(() -> assertThat(openDescriptors()).isLessThanOrEqualTo(descriptors));
				await().untilAsserted(() -> assertThat(server.openConnections()).isEqualTo(1));
			});
		}
		LoopThreads.assertNone("loop");
	}

	private void useContext(TestServer server) {
		this.contextRunner.run((context) -> {
			assertThat(context).hasNotFailed();
			request(context.getBean(LoopTemplate.class), context.getBean(WebClient.class), server);
		});
	}

	private static void request(LoopTemplate loop, WebClient client, TestServer server) {
		String url = "http://localhost:%d/hello".formatted(server.port());
		assertThat(loop.execute(client.get().uri(url).retrieve().bodyToMono(String.class))).isEqualTo("hello");
	}

	private static TestServer server() {
		return TestServer
			.start((routes) -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("hello"))));
	}

	private static long openDescriptors() {
		return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
	}

	private static int cachedResolvers() throws Exception {
		Field cache = Class.forName("reactor.netty.transport.ClientTransportConfig")
			.getDeclaredField("RESOLVERS_CACHE");
		cache.setAccessible(true);
		return ((Map<?, ?>) cache.get(null)).size();
	}

}
