package io.github.loopthread.starter.web;

import java.time.Duration;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.webmvc.test.autoconfigure.WebMvcTest;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.web.servlet.assertj.MockMvcTester;

import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;

/**
 * The loop as a mock.
 */
class MockedLoopTests {

	@Test
	void interfaceCanBeMockedInUnitTest() {
		LoopOperations loop = mock();
		given(loop.execute(anyTask())).willReturn("you");
		assertThat(new OperationsController(loop).greeting()).isEqualTo("Hello you");
		then(loop).should().execute(anyTask());
	}

	@Test
	void finalTemplateCanBeMockedWithEachStepThatIsUsed() {
		LoopTemplate loop = mock();
		given(loop.withTimeout(Duration.ofSeconds(2))).willReturn(loop);
		given(loop.execute(anyTask())).willReturn("7");
		assertThat(new PageController(loop, () -> Mono.just("8")).price()).isEqualTo("7");
	}

	@Test
	void directOperationsNeedNoMock() {
		assertThat(new OperationsController(LoopOperations.direct()).greeting())
			.isEqualTo("Hello " + Thread.currentThread().getName());
	}

	private static Mono<String> anyTask() {
		return any();
	}

	@Nested
	@WebMvcTest(OperationsController.class)
	class OperationsInSlice {

		@Autowired
		private MockMvcTester mvc;

		@MockitoBean
		private LoopOperations loop;

		@Test
		void takeThePlaceOfTemplate() {
			given(this.loop.execute(anyTask())).willReturn("you");
			assertThat(this.mvc.get().uri("/greeting")).hasStatusOk().hasBodyTextEqualTo("Hello you");
		}

		@Test
		void mayFailWithExceptionsOfOursThatHaveTheirStatus() {
			given(this.loop.execute(anyTask())).willThrow(mock(LoopNotRunningException.class));
			assertThat(this.mvc.get().uri("/greeting")).hasStatus(503);
		}

	}

	@Nested
	@WebMvcTest
	class TemplateInSlice {

		@Autowired
		private MockMvcTester mvc;

		@MockitoBean
		private LoopTemplate loop;

		@MockitoBean
		private PageController.Prices prices;

		@Test
		void takesThePlaceOfTheRealOne() {
			given(this.loop.withTimeout(any())).willReturn(this.loop);
			given(this.loop.execute(anyTask())).willReturn("7");
			assertThat(this.mvc.get().uri("/price")).hasStatusOk().hasBodyTextEqualTo("7");
			assertThat(this.mvc.get().uri("/greeting")).hasStatusOk().hasBodyTextEqualTo("Hello 7");
		}

	}

}
