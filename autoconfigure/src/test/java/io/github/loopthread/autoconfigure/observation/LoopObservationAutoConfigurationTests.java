package io.github.loopthread.autoconfigure.observation;

import java.util.List;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.beans.DirectFieldAccessor;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.observation.DefaultLoopTaskObservationConvention;
import io.github.loopthread.observation.LoopTaskObservationConvention;
import io.github.loopthread.observation.LoopTaskObservations;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoopObservationAutoConfiguration}.
 */
@Timeout(60)
class LoopObservationAutoConfigurationTests {

	private final ApplicationContextRunner withoutRegistry = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopObservationAutoConfiguration.class));

	private final ApplicationContextRunner contextRunner = this.withoutRegistry.withBean(TestObservationRegistry.class,
			TestObservationRegistry::create);

	@Test
	void observesTasks() {
		this.contextRunner.run((context) -> {
			context.getBean(LoopTemplate.class).execute(Mono.empty());
			assertObserved(context, "loop.execute");
		});
	}

	@Test
	void observesTasksWithLazyInitialization() {
		this.contextRunner
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> {
				context.getBean(LoopTemplate.class).execute(Mono.empty());
				assertObserved(context, "loop.execute");
			});
	}

	@Test
	void conventionOfUserWins() {
		this.contextRunner.withUserConfiguration(OwnConvention.class).run((context) -> {
			context.getBean(LoopTemplate.class).execute(Mono.empty());
			assertObserved(context, "shop.task");
		});
	}

	@Test
	void observationsOfUserWin() {
		this.contextRunner.withUserConfiguration(OwnObservations.class).run((context) -> {
			assertThat(context).hasSingleBean(LoopTaskObservations.class).doesNotHaveBean("loopTaskObservations");
			context.getBean(LoopTemplate.class).execute(Mono.empty());
			TestObservationRegistryAssert.assertThat(context.getBean(TestObservationRegistry.class))
				.hasSingleObservationThat()
				.hasLowCardinalityKeyValue("loop", "own");
		});
	}

	@Test
	void nobodyListensWithoutRegistry() {
		this.withoutRegistry.run((context) -> {
			assertThat(context).hasSingleBean(LoopThread.class).doesNotHaveBean(LoopTaskObservations.class);
			assertThat(taskListeners(context)).isEmpty();
		});
	}

	@Test
	void leavesNoBeanWithoutMicrometer() {
		this.withoutRegistry.withClassLoader(new FilteredClassLoader("io.micrometer.observation"))
			.run((context) -> assertThat(context).hasSingleBean(LoopThread.class)
				.doesNotHaveBean(LoopObservationAutoConfiguration.class));
	}

	@Test
	void disabledLeavesNoBean() {
		this.contextRunner.withPropertyValues("loop.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(LoopTaskObservations.class));
	}

	@Test
	void handlerMayItselfUseLoop() {
		this.withoutRegistry.withConfiguration(AutoConfigurations.of(ObservationAutoConfiguration.class))
			.withUserConfiguration(HandlerOnLoop.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				context.getBean(LoopTemplate.class).execute(Mono.empty());
				assertThat(context.getBean(LoopHandler.class).stopped).isEqualTo("loop unnamed");
			});
	}

	private static void assertObserved(ApplicationContext context, String name) {
		TestObservationRegistryAssert.assertThat(context.getBean(TestObservationRegistry.class))
			.hasSingleObservationThat()
			.hasNameEqualTo(name)
			.hasBeenStopped();
	}

	private static List<?> taskListeners(ApplicationContext context) {
		return (List<?>) new DirectFieldAccessor(context.getBean(LoopThread.class))
			.getPropertyValue("events.taskListeners");
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnConvention {

		@Bean
		LoopTaskObservationConvention convention() {
			return new DefaultLoopTaskObservationConvention() {

				@Override
				public String getName() {
					return "shop.task";
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnObservations {

		@Bean
		LoopTaskObservations ownObservations(ObservationRegistry registry) {
			return new LoopTaskObservations("own", registry, null);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class HandlerOnLoop {

		@Bean
		LoopHandler loopHandler(LoopTemplate loop) {
			return new LoopHandler(loop);
		}

	}

	private static final class LoopHandler implements ObservationHandler<Observation.Context> {

		private final LoopTemplate loop;

		private String stopped = "";

		LoopHandler(LoopTemplate loop) {
			this.loop = loop;
		}

		@Override
		public void onStop(Observation.Context context) {
			assertThat(this.loop).isNotNull();
			this.stopped = String.valueOf(context.getContextualName());
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			return true;
		}

	}

}
