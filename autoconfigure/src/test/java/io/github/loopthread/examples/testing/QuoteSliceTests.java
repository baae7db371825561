package io.github.loopthread.examples.testing;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.MDC;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.annotation.DirtiesContext.ClassMode;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.web.servlet.assertj.MockMvcTester;

import io.github.loopthread.LoopOperations;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.test.LoopLeftoversExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;

/**
 * The slice test of {@code docs/testing.md}.
 */
@Timeout(60)
@Tag(NothingLeftExtension.OTHER_CLIENTS)
// For the census after each of our own tests
@DirtiesContext(classMode = ClassMode.AFTER_EACH_TEST_METHOD)
@WebMvcTest(QuoteController.class)
@TestPropertySource(properties = { "loop.timeout=2s", "loop.max-concurrent-tasks=2" })
@ExtendWith(LoopLeftoversExtension.class)
class QuoteSliceTests {

	@Autowired
	private MockMvcTester mvc;

	@Autowired
	private LoopOperations loop;

	@MockitoBean
	private Quotes quotes;

	@Test
	void tasksRunOnLoopWithContextOfRequest() {
		MDC.put("user", "ada");
		try {
			given(this.quotes.text(7)).willReturn(Mono.fromSupplier(() -> Thread.currentThread().getName()));
			given(this.quotes.author(7)).willReturn(Mono.fromSupplier(() -> MDC.get("user")));
			assertThat(this.mvc.get().uri("/quotes/7")).hasStatusOk().hasBodyTextEqualTo("loop-1 (ada)");
		}
		finally {
			MDC.remove("user");
		}
	}

	@Test
	void textThatNeverComesIsGatewayTimeout() {
		given(this.quotes.text(7)).willReturn(Mono.never());
		given(this.quotes.author(7)).willReturn(Mono.just("Alan Kay"));
		assertThat(this.mvc.get().uri("/quotes/7")).hasStatus(504);
	}

	@Test
	void tooManyTasksAreServiceUnavailable() {
		given(this.quotes.text(7)).willReturn(Mono.just("Simple things should be simple"));
		given(this.quotes.author(7)).willReturn(Mono.just("Alan Kay"));
		Sinks.One<String> others = Sinks.one();
		CompletableFuture<String> first = this.loop.submit(others.asMono());
		CompletableFuture<String> second = this.loop.submit(others.asMono());
		assertThat(this.mvc.get().uri("/quotes/7")).hasStatus(503);
		others.tryEmitValue("done");
		assertThat(first).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("done");
		assertThat(second).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("done");
	}

}
