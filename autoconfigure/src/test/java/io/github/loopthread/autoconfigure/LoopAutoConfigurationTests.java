package io.github.loopthread.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskSchedulingAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.scheduling.TaskScheduler;

import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.Transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link LoopAutoConfiguration}.
 */
@Timeout(60)
class LoopAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class));

	@Test
	void runsLoopAndTemplate() {
		this.contextRunner.run((context) -> {
			assertThat(context.getBean("loopThread", LoopThread.class).isRunning()).isTrue();
			LoopTemplate template = context.getBean("loopTemplate", LoopTemplate.class);
			assertThat(template.execute(Mono.fromSupplier(() -> Thread.currentThread().getName()))).isEqualTo("loop-1");
		});
		LoopThreads.assertNone("loop");
	}

	@Test
	void documentedDefaultsAreInForce() {
		this.contextRunner.run((context) -> {
			LoopProperties properties = context.getBean(LoopProperties.class);
			assertThat(properties.toSettings()).isEqualTo(LoopSettings.defaults());
			assertThat(properties).isEqualTo(new LoopProperties(true, "loop", Transport.AUTO, Duration.ofSeconds(30),
					1000, Duration.ofSeconds(10),
					new LoopProperties.Shutdown(Duration.ofSeconds(20), Duration.ofSeconds(2)),
					new LoopProperties.Watchdog(Duration.ofMillis(500))));
		});
	}

	@Test
	void propertiesReachLoopAndTemplate() {
		this.contextRunner
			.withPropertyValues("loop.name=shop", "loop.transport=nio", "loop.timeout=50ms",
					"loop.max-concurrent-tasks=1", "loop.startup-timeout=3s", "loop.shutdown.drain-timeout=0s",
					"loop.shutdown.close-timeout=1s", "loop.watchdog.threshold=2s")
			.run((context) -> {
				assertThat(context.getBean(LoopProperties.class).toSettings())
					.isEqualTo(new LoopSettings("shop", Transport.NIO, 1, Duration.ofSeconds(3), Duration.ZERO,
							Duration.ofSeconds(1), Duration.ofSeconds(2)));
				assertThat(LoopThreads.alive("shop")).contains("shop-1");
				assertThatExceptionOfType(LoopTimeoutException.class)
					.isThrownBy(() -> context.getBean(LoopTemplate.class).execute(Mono.never()))
					.withMessageContaining("50ms");
			});
	}

	@Test
	void disabledLeavesNoBean() {
		this.contextRunner.withPropertyValues("loop.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(LoopThread.class)
				.doesNotHaveBean(LoopTemplate.class)
				.doesNotHaveBean(LoopProperties.class));
	}

	@Test
	void loopOfUserWins() {
		this.contextRunner.withUserConfiguration(OwnLoop.class).run((context) -> {
			assertThat(context).hasSingleBean(LoopThread.class).doesNotHaveBean("loopThread");
			assertThat(context.getBean(LoopTemplate.class)
				.execute(Mono.fromSupplier(() -> Thread.currentThread().getName()))).isEqualTo("own-1");
		});
	}

	@Test
	void operationsOfUserWin() {
		this.contextRunner.withUserConfiguration(OwnOperations.class)
			.run((context) -> assertThat(context).hasSingleBean(LoopOperations.class)
				.doesNotHaveBean(LoopTemplate.class));
	}

	@Test
	void executorsAndSchedulersOfSpringBootStayInPlace() {
		this.contextRunner
			.withConfiguration(
					AutoConfigurations.of(TaskExecutionAutoConfiguration.class, TaskSchedulingAutoConfiguration.class))
			.run((context) -> {
				assertThat(context).hasBean("applicationTaskExecutor");
				assertThat(context.getBeansOfType(Executor.class)).containsOnlyKeys("applicationTaskExecutor");
				assertThat(context).doesNotHaveBean(TaskScheduler.class).doesNotHaveBean(Scheduler.class);
			});
	}

	@Test
	void resourcesOpenInOrderAndCloseInReverse() {
		List<String> events = new ArrayList<>();
		this.contextRunner.withBean("events", List.class, () -> events)
			.withUserConfiguration(Resources.class)
			.run((context) -> assertThat(events).containsExactly("open first", "open second"));
		assertThat(events).containsExactly("open first", "open second", "close second", "close first");
	}

	@Test
	void templateWorksWhileContextStillStarts() {
		this.contextRunner.withUserConfiguration(EarlyUser.class)
			.run((context) -> assertThat(context.getBean("early")).isEqualTo("loop-1"));
		LoopThreads.assertNone("loop");
	}

	@Test
	void loopStartedOnDemandEndsWhenContextFails() {
		this.contextRunner.withUserConfiguration(EarlyUser.class, Broken.class)
			.run((context) -> assertThat(context).hasFailed());
		LoopThreads.assertNone("loop");
	}

	@Test
	void templateIsRefusedWhenContextHasClosed() {
		LoopTemplate[] template = new LoopTemplate[1];
		this.contextRunner.run((context) -> template[0] = context.getBean(LoopTemplate.class));
		assertThatExceptionOfType(LoopNotRunningException.class)
			.isThrownBy(() -> template[0].execute(Mono.just("never")));
	}

	@Test
	void injectedBeansWorkAfterStopAndStartOfContextAndAfterPause() {
		this.contextRunner.run((context) -> {
			LoopTemplate template = context.getBean(LoopTemplate.class);
			Mono<String> task = Mono.fromSupplier(() -> Thread.currentThread().getName());
			for (int generation = 1; generation <= 3; generation++) {
				assertThat(template.execute(task)).isEqualTo("loop-" + generation);
				context.getSourceApplicationContext().stop();
				assertThatExceptionOfType(LoopNotRunningException.class).isThrownBy(() -> template.execute(task));
				context.getSourceApplicationContext().start();
			}
			context.getSourceApplicationContext().pause();
			assertThat(template.execute(task)).isEqualTo("loop-4");
			context.getSourceApplicationContext().restart();
			assertThat(template.execute(task)).isEqualTo("loop-4");
		});
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnLoop {

		@Bean
		LoopThread ownLoop() {
			return new LoopThread(LoopSettings.defaults().withName("own"), List.of());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnOperations {

		@Bean
		LoopOperations ownOperations() {
			return LoopOperations.direct();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Resources {

		@Bean
		@Order(2)
		LoopResource<String> second(List<String> events) {
			return resource("second", events);
		}

		@Bean
		@Order(1)
		LoopResource<String> first(List<String> events) {
			return resource("first", events);
		}

		private static LoopResource<String> resource(String name, List<String> events) {
			return LoopResource.of(name, (loop) -> Mono.fromSupplier(() -> {
				events.add("open " + name);
				return name;
			}), (value) -> Mono.fromRunnable(() -> events.add("close " + name)));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class EarlyUser {

		@Bean
		String early(LoopTemplate template) {
			return template.execute(Mono.fromSupplier(() -> Thread.currentThread().getName()));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Broken {

		@Bean
		Integer broken(String early) {
			throw new IllegalStateException("broken after " + early);
		}

	}

}
