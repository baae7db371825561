package io.github.loopthread.autoconfigure.metrics;

import java.util.List;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.core.instrument.step.StepMeterRegistry;
import io.micrometer.core.instrument.step.StepRegistryConfig;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.beans.DirectFieldAccessor;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;
import io.github.loopthread.metrics.LoopMetrics;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoopMetricsAutoConfiguration}.
 */
@Timeout(60)
class LoopMetricsAutoConfigurationTests {

	private final ApplicationContextRunner withoutRegistry = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopMetricsAutoConfiguration.class,
				LoopWebClientAutoConfiguration.class, WebClientAutoConfiguration.class,
				ReactiveHttpClientAutoConfiguration.class));

	private final ApplicationContextRunner contextRunner = this.withoutRegistry
		.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
				CompositeMeterRegistryAutoConfiguration.class, SimpleMetricsExportAutoConfiguration.class));

	@Test
	void bindsMetersOfLoopTasksAndConnections() {
		this.contextRunner.run((context) -> {
			context.getBean(LoopTemplate.class).withName("page").execute(Mono.empty());
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			assertThat(registry.get("loop.tasks").tags("loop", "loop", "task", "page").timer().count()).isEqualTo(1);
			assertThat(registry.get("loop.busy").tag("loop", "loop").gauges()).hasSize(1);
			assertThat(registry.get("loop.http.connections").tag("loop", "loop").gauges())
				.extracting((gauge) -> gauge.getId().getTag("state"))
				.containsExactlyInAnyOrder("active", "idle", "pending");
		});
	}

	@Test
	void nobodyListensWithoutRegistry() {
		this.withoutRegistry.run((context) -> {
			assertThat(context).hasSingleBean(LoopThread.class).doesNotHaveBean(LoopMetrics.class);
			assertThat(taskListeners(context)).isEmpty();
		});
	}

	@Test
	void leavesNoBeanWithoutMicrometer() {
		this.withoutRegistry.withClassLoader(new FilteredClassLoader("io.micrometer.core"))
			.run((context) -> assertThat(context).hasSingleBean(LoopThread.class)
				.doesNotHaveBean(LoopMetricsAutoConfiguration.class));
	}

	@Test
	void countsConnectionsOfNobodyWithoutWebClient() {
		this.contextRunner.withClassLoader(new FilteredClassLoader("org.springframework.web.reactive", "reactor.netty"))
			.run((context) -> assertThat(context).hasSingleBean(LoopMetrics.class)
				.doesNotHaveBean(ConnectionMetrics.class));
		this.contextRunner.withPropertyValues("loop.web-client.enabled=false")
			.run((context) -> assertThat(context).hasSingleBean(LoopMetrics.class)
				.doesNotHaveBean(ConnectionMetrics.class));
	}

	@Test
	void disabledLeavesNoBean() {
		this.contextRunner.withPropertyValues("loop.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(LoopMetrics.class));
	}

	@Test
	void metersOfUserWin() {
		this.contextRunner.withUserConfiguration(OwnMetrics.class).run((context) -> {
			assertThat(context).hasSingleBean(LoopMetrics.class).doesNotHaveBean("loopMetrics");
			context.getBean(LoopTemplate.class).execute(Mono.empty());
			assertThat(context.getBean(MeterRegistry.class).get("loop.tasks").timer().count()).isEqualTo(1);
		});
	}

	@Test
	void worksWithLazyInitialization() {
		this.contextRunner
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> {
				MeterRegistry registry = context.getBean(MeterRegistry.class);
				context.getBean(LoopTemplate.class).execute(Mono.empty());
				assertThat(registry.get("loop.tasks").timer().count()).isEqualTo(1);
			});
	}

	@Test
	void severalRegistriesGetEachTaskOnce() {
		this.contextRunner.withBean("second", SimpleMeterRegistry.class, SimpleMeterRegistry::new)
			.withBean("third", SimpleMeterRegistry.class, SimpleMeterRegistry::new)
			.run((context) -> {
				context.getBean(LoopTemplate.class).execute(Mono.empty());
				assertThat(context.getBeansOfType(SimpleMeterRegistry.class).values()).hasSizeGreaterThanOrEqualTo(2)
					.allSatisfy((registry) -> assertThat(registry.get("loop.tasks").timer().count()).isEqualTo(1));
			});
	}

	@Test
	void registryMayItselfUseLoop() {
		this.withoutRegistry
			.withConfiguration(AutoConfigurations.of(MetricsAutoConfiguration.class,
					CompositeMeterRegistryAutoConfiguration.class))
			.withUserConfiguration(RegistryOnLoop.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				LoopRegistry registry = context.getBean(LoopRegistry.class);
				registry.publish();
				assertThat(registry.published).contains("loop.busy");
				assertThat(registry.get("loop.http.connections").gauges()).hasSize(3);
			});
	}

	private static List<?> taskListeners(ApplicationContext context) {
		return (List<?>) new DirectFieldAccessor(context.getBean(LoopThread.class))
			.getPropertyValue("events.taskListeners");
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnMetrics {

		@Bean
		LoopMetrics ownMetrics(LoopThread loop) {
			return new LoopMetrics(loop);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class RegistryOnLoop {

		@Bean
		LoopRegistry loopRegistry(LoopTemplate loop, WebClient client) {
			return new LoopRegistry(loop, client);
		}

	}

	/**
	 * Publishes what it has in a task on the loop.
	 */
	private static final class LoopRegistry extends StepMeterRegistry {

		private final LoopTemplate loop;

		private @Nullable List<String> published;

		LoopRegistry(LoopTemplate loop, WebClient client) {
			super(new StepRegistryConfig() {

				@Override
				public String prefix() {
					return "on-loop";
				}

				@Override
				public @Nullable String get(String key) {
					return null;
				}

			}, Clock.SYSTEM);
			this.loop = loop;
			assertThat(client).isNotNull();
		}

		@Override
		protected void publish() {
			this.published = this.loop.execute(
					Mono.fromSupplier(() -> getMeters().stream().map(Meter::getId).map(Meter.Id::getName).toList()));
		}

		@Override
		protected TimeUnit getBaseTimeUnit() {
			return TimeUnit.SECONDS;
		}

	}

}
