package io.github.loopthread.test;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.annotation.DirtiesContext.ClassMode;
import org.springframework.test.annotation.DirtiesContext.MethodMode;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoopLeftoversExtension} with tests that Spring manages.
 */
// Spring's test framework loads Mockito, whose agent keeps a socket
@Tag(NothingLeftExtension.OTHER_CLIENTS)
@Timeout(60)
class LoopLeftoversWithSpringTests {

	private static final AtomicInteger CONTEXTS = new AtomicInteger();

	@BeforeEach
	void countContexts() {
		CONTEXTS.set(0);
	}

	@Test
	void findsLoopOfApplicationContextAndBlamesOnlyTheTestThatHasLeftSomething() {
		Events tests = run(SharedContext.class);
		tests.assertStatistics((events) -> events.started(3).succeeded(1).failed(2));
		assertThat(tests.failed().stream().map((event) -> event.getTestDescriptor().getDisplayName()))
			.containsExactly("leavesTask()", "leavesTaskInNestedClass()");
		assertThat(CONTEXTS).hasValue(1);
	}

	@Test
	void contextThatIsClosedBeforeTheCheckIsNoFailureAndNotMadeAnew() {
		run(ClosedBeforeCheck.class).assertStatistics((events) -> events.started(2).succeeded(2));
		assertThat(CONTEXTS).hasValue(2);
	}

	@Test
	void contextThatIsMadeAnewBeforeTheTestIsLookedAt() {
		run(MadeAnew.class).assertStatistics((events) -> events.started(1).failed(1));
		assertThat(CONTEXTS).hasValue(2);
	}

	@Test
	void contextWithoutLoopIsNoFailure() {
		run(WithoutLoop.class).assertStatistics((events) -> events.started(1).succeeded(1));
	}

	private static Events run(Class<?> test) {
		return EngineTestKit.engine("junit-jupiter")
			.selectors(DiscoverySelectors.selectClass(test))
			.execute()
			.testEvents();
	}

	@SpringJUnitConfig(Application.class)
	@TestPropertySource(properties = "loop.shutdown.drain-timeout=0")
	@DirtiesContext(classMode = ClassMode.AFTER_CLASS)
	@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
	static class SharedContext {

		@RegisterExtension
		private final LoopLeftoversExtension leftovers = new LoopLeftoversExtension(Duration.ofMillis(200));

		@Autowired
		private LoopTemplate loop;

		@Test
		@Order(1)
		void leavesTask() {
			this.loop.submit(Mono.never());
		}

		@Test
		@Order(2)
		void leavesNothing() {
			assertThat(this.loop.execute(Mono.just("value"))).isEqualTo("value");
		}

		@Nested
		@DirtiesContext
		class Inner {

			@Test
			void leavesTaskInNestedClass() {
				SharedContext.this.loop.submit(Mono.never());
			}

		}

	}

	@ExtendWith(LoopLeftoversExtension.class)
	@SpringJUnitConfig(Application.class)
	@TestPropertySource(properties = "loop.shutdown.drain-timeout=0")
	@DirtiesContext(classMode = ClassMode.AFTER_EACH_TEST_METHOD)
	static class ClosedBeforeCheck {

		@Autowired
		private LoopTemplate loop;

		@Test
		void leavesTask() {
			this.loop.submit(Mono.never());
		}

		@Test
		void leavesNothing() {
			assertThat(this.loop.execute(Mono.just("value"))).isEqualTo("value");
		}

	}

	@SpringJUnitConfig(Application.class)
	@TestPropertySource(properties = "loop.shutdown.drain-timeout=0")
	@DirtiesContext
	static class MadeAnew {

		@RegisterExtension
		private final LoopLeftoversExtension leftovers = new LoopLeftoversExtension(Duration.ofMillis(200));

		@Autowired
		private LoopTemplate loop;

		@Test
		@DirtiesContext(methodMode = MethodMode.BEFORE_METHOD)
		void leavesTask() {
			this.loop.submit(Mono.never());
		}

	}

	@ExtendWith(LoopLeftoversExtension.class)
	@SpringJUnitConfig(Application.class)
	@TestPropertySource(properties = "loop.enabled=false")
	@DirtiesContext
	static class WithoutLoop {

		@Test
		void leavesNothing(@Autowired(required = false) LoopThread loop) {
			assertThat(loop).isNull();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(LoopAutoConfiguration.class)
	static class Application {

		Application() {
			CONTEXTS.incrementAndGet();
		}

	}

}
