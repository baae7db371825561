package io.github.loopthread.autoconfigure;

import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import io.github.loopthread.LoopSettings;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Properties are found however Spring Boot allows for them to be written, and those that
 * nobody knows are nobody's.
 */
@Timeout(60)
class RelaxedNamesTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class));

	@ParameterizedTest(name = "O2 {0}")
	@ValueSource(strings = { "loop.max-concurrent-tasks", "loop.maxConcurrentTasks", "loop.max_concurrent_tasks",
			"LOOP.MAX-CONCURRENT-TASKS" })
	void nameMayBeWrittenInManyWays(String name) {
		this.contextRunner.withPropertyValues(name + "=7")
			.run((context) -> assertTakes(7, context.getBean(LoopSettings.class)));
	}

	@Test
	@DisplayName("O2 environment variables")
	void environmentVariablesCount() {
		Map<String, Object> variables = Map.of("LOOP_MAXCONCURRENTTASKS", "7", "LOOP_SHUTDOWN_DRAINTIMEOUT", "3s",
				"LOOP_WATCHDOG_THRESHOLD", "900ms");
		this.contextRunner
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
						new SystemEnvironmentPropertySource(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
								variables)))
			.run((context) -> {
				assertTakes(7, context.getBean(LoopSettings.class));
				assertThat(context.getBean(LoopSettings.class).drainTimeout()).isEqualTo(Duration.ofSeconds(3));
				assertThat(context.getBean(LoopSettings.class).watchdogThreshold()).isEqualTo(Duration.ofMillis(900));
			});
	}

	@Test
	@DisplayName("O2 unknown properties")
	void propertyThatNobodyKnowsIsIgnored() {
		this.contextRunner.withPropertyValues("loop.nonsense=1", "loop.shutdown.nonsense=2", "loop.max-concurrent=3")
			.run((context) -> assertThat(context.getBean(LoopSettings.class)).isEqualTo(LoopSettings.defaults()));
	}

	private static void assertTakes(int tasks, LoopSettings settings) {
		assertThat(settings.maxConcurrentTasks()).isEqualTo(tasks);
	}

}
