package io.github.loopthread.sample;

import java.util.List;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestContextManager;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Spring's test framework keeps contexts and pauses those that are not in use. What was
 * injected from one that has been paused and resumed still works.
 */
class CachedContextTests {

	@Test
	void injectedBeansWorkHoweverOftenTestsSwitchBetweenContexts() throws Exception {
		First first = new First();
		Second second = new Second();
		TestContextManager firstManager = new TestContextManager(First.class);
		TestContextManager secondManager = new TestContextManager(Second.class);
		for (int i = 0; i < 3; i++) {
			firstManager.beforeTestClass();
			firstManager.prepareTestInstance(first);
			assertThat(run(first.loop)).isEqualTo("first-1");
			assertThat(source(first)).contains("<title>A web page</title>");
			firstManager.afterTestClass();
			secondManager.beforeTestClass();
			secondManager.prepareTestInstance(second);
			assertThat(run(second.loop)).isEqualTo("second-1");
			secondManager.afterTestClass();
		}
		assertThat(run(first.loop)).isEqualTo("first-1");
		// One loop for each context that is kept, however often it was paused
		await().untilAsserted(() -> assertThat(threads()).containsExactly("first-1", "first-1-watchdog", "second-1",
				"second-1-watchdog"));
	}

	private static List<String> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map(Thread::getName)
			.filter((name) -> name.matches("(first|second)-\\d+.*"))
			.sorted()
			.toList();
	}

	private static String run(LoopTemplate loop) {
		return loop.execute(Mono.fromSupplier(() -> Thread.currentThread().getName()));
	}

	private static String source(First test) {
		return test.loop.execute(test.client.get().uri("/page.html").retrieve().bodyToMono(String.class));
	}

	@SpringBootTest(webEnvironment = WebEnvironment.NONE,
			properties = { "loop.name=first", "spring.main.banner-mode=off" })
	static class First {

		@Autowired
		private LoopTemplate loop;

		@Autowired
		private WebClient client;

		@DynamicPropertySource
		static void properties(DynamicPropertyRegistry registry) {
			int port = FreePort.find();
			registry.add("sample.upstream-port", () -> port);
		}

	}

	@SpringBootTest(webEnvironment = WebEnvironment.NONE, properties = { "loop.name=second", "sample.upstream-port=0" })
	static class Second {

		@Autowired
		private LoopTemplate loop;

	}

}
