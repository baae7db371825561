package io.github.loopthread.autoconfigure;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopThread;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a user is told whose properties are allowed, but contradict each other.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class ContradictionTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LifecycleAutoConfiguration.class, LoopAutoConfiguration.class,
				LoopWebClientAutoConfiguration.class))
		// A machine that pauses would be warned of
		.withPropertyValues("loop.watchdog.threshold=10s");

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '"',
			textBlock = """
					loop.shutdown.drain-timeout=28s | 'loop.shutdown.drain-timeout' (28s) and 'loop.shutdown.close-timeout' (2s, for each resource, at least once) are together not smaller than 'spring.lifecycle.timeout-per-shutdown-phase' (30s)
					spring.lifecycle.timeout-per-shutdown-phase=1500ms | 'loop.shutdown.drain-timeout' (20s) and 'loop.shutdown.close-timeout' (2s, for each resource, at least once) are together not smaller than 'spring.lifecycle.timeout-per-shutdown-phase' (1500ms)
					loop.shutdown.drain-timeout=9223372036854775807s | 'loop.shutdown.drain-timeout' (9223372036854775807s)
					loop.max-concurrent-tasks=1501 | 'loop.max-concurrent-tasks' (1501) is more than the shared WebClient takes for one host, which is 'loop.web-client.max-connections' (500) and 'loop.web-client.pending-acquire-max-count' (1000) together
					loop.web-client.pending-acquire-max-count=10 | 'loop.max-concurrent-tasks' (1000) is more than the shared WebClient takes
					loop.web-client.pending-acquire-timeout=30s | 'loop.web-client.pending-acquire-timeout' (30s) is not smaller than 'loop.timeout' (30s)
					""")
	void contradictionIsReportedOnceWithBothPropertiesAndWhatToDo(String property, String warning,
			CapturedOutput output) {
		this.contextRunner.withPropertyValues(property).run((context) -> {
			context.getSourceApplicationContext().stop();
			context.getSourceApplicationContext().start();
		});
		assertThat(output).containsOnlyOnce(" WARN ")
			.containsOnlyOnce(warning)
			.containsPattern("Lower the first, or raise");
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.application.name=defaults", "loop.shutdown.drain-timeout=27s",
			"spring.lifecycle.timeout-per-shutdown-phase=23s", "loop.shutdown.drain-timeout=0s",
			"loop.max-concurrent-tasks=1500", "loop.web-client.pending-acquire-timeout=29s", "loop.timeout=5s" })
	void whatAgreesIsNotReported(String property, CapturedOutput output) {
		this.contextRunner.withPropertyValues(property).run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain(" WARN ");
	}

	@Test
	void poolWithoutLimitTakesAnyNumberOfTasks(CapturedOutput output) {
		this.contextRunner
			.withPropertyValues("loop.max-concurrent-tasks=2147483647", "loop.web-client.pending-acquire-max-count=-1")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain(" WARN ");
	}

	@Test
	void settingsOfCustomizersCount(CapturedOutput output) {
		this.contextRunner.withPropertyValues("loop.shutdown.drain-timeout=1h", "loop.max-concurrent-tasks=9999")
			.withBean(LoopSettingsCustomizer.class,
					() -> (settings) -> settings.withDrainTimeout(Duration.ofSeconds(1)))
			.run((context) -> assertThat(output).containsOnlyOnce(" WARN ").contains("(9999)"));
	}

	@Test
	void contradictionIsReportedAlsoWhenBeansAreLazy(CapturedOutput output) {
		this.contextRunner
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.withPropertyValues("loop.shutdown.drain-timeout=1h", "loop.max-concurrent-tasks=9999")
			.run((context) -> assertThat(output).contains("'loop.shutdown.drain-timeout' (3600s)").contains("(9999)"));
	}

	@Test
	void loopOfUserIsNotMeasuredByOurProperties(CapturedOutput output) {
		this.contextRunner.withPropertyValues("loop.shutdown.drain-timeout=1h", "loop.max-concurrent-tasks=9999")
			.withBean(LoopThread.class, () -> new LoopThread(LoopSettings.defaults(), List.of()))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(LoopSettings.class));
		assertThat(output).doesNotContain(" WARN ");
	}

}
