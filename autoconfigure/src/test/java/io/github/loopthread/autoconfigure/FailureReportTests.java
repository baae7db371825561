package io.github.loopthread.autoconfigure;

import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * What a user sees who has configured something that cannot work.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class FailureReportTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			loop.name                                  | ' '      | It must not be blank
			loop.timeout                               | -1s      | It must be more than zero
			loop.timeout                               | 0s       | It must be more than zero
			loop.max-concurrent-tasks                  | 0        | It must be at least 1
			loop.startup-timeout                       | 0s       | It must be more than zero
			loop.shutdown.drain-timeout                | -1s      | It must be zero
			loop.shutdown.close-timeout                | 0s       | It must be more than zero
			loop.watchdog.threshold                    | -1ms     | It must be zero
			loop.web-client.base-url                   | ::bad    | It must be a URL with scheme and host
			loop.web-client.base-url                   | /path    | It must be a URL with scheme and host
			loop.web-client.max-connections            | 0        | It must be at least 1
			loop.web-client.pending-acquire-max-count  | 0        | It must be at least 1, or -1
			loop.web-client.pending-acquire-timeout    | -1ms     | It must be more than zero
			loop.web-client.max-idle-time              | 0s       | It must be more than zero
			""")
	void valueThatIsNotAllowedIsReportedWithItsNameAndWhatIs(String property, String value, String rule,
			CapturedOutput output) {
		fail("--" + property + "=" + value);
		assertThat(report(output)).contains("APPLICATION FAILED TO START")
			.contains("Invalid value '%s' for configuration property '%s'".formatted(value, property))
			.contains(rule)
			.doesNotContain("\tat ");
		LoopThreads.assertNone("loop");
	}

	@Test
	void unknownTransportIsReportedWithThoseThereAre(CapturedOutput output) {
		fail("--loop.transport=carrier-pigeon");
		assertThat(report(output)).contains("loop.transport")
			.contains("carrier-pigeon")
			.contains("AUTO")
			.contains("IO_URING")
			.doesNotContain("\tat ");
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void transportThatIsNotAvailableIsReportedWithWhatIsMissing(CapturedOutput output) {
		fail("--loop.transport=kqueue");
		assertThat(report(output)).contains("'kqueue' for configuration property 'loop.transport'")
			.contains("io.netty:netty-transport-native-kqueue")
			.contains("'auto'")
			.doesNotContain("\tat ");
		LoopThreads.assertNone("loop");
	}

	@Test
	void resourceThatDoesNotOpenIsReportedWithItsNameAndReason(CapturedOutput output) {
		fail(Application.class, UnreachableResource.class);
		assertThat(report(output)).contains("APPLICATION FAILED TO START")
			.contains("Loop 'loop' did not start: Resource 'broker' did not open: java.lang.IllegalStateException")
			.contains("It was caused by java.net.ConnectException: refused")
			.contains("can be reached")
			.doesNotContain("\tat ");
		LoopThreads.assertNone("loop");
	}

	@Test
	void resourceThatDoesNotOpenInTimeIsReportedWithWhatGivesItMore(CapturedOutput output) {
		fail(new Class<?>[] { Application.class, SilentResource.class }, "--loop.startup-timeout=100ms");
		assertThat(report(output)).contains("Resource 'broker' did not open within 100ms")
			.contains("Find out what it waits for")
			.contains("'loop.startup-timeout'")
			.doesNotContain("\tat ");
		LoopThreads.assertNone("loop");
	}

	private static void fail(String... arguments) {
		fail(new Class<?>[] { Application.class }, arguments);
	}

	private static void fail(Class<?>... sources) {
		fail(sources, new String[0]);
	}

	private static void fail(Class<?>[] sources, String... arguments) {
		SpringApplication application = new SpringApplication(sources);
		application.setWebApplicationType(WebApplicationType.NONE);
		List<String> all = new ArrayList<>(List.of(arguments));
		all.add("--spring.main.banner-mode=off");
		assertThatException().isThrownBy(() -> application.run(all.toArray(String[]::new)));
	}

	private static String report(CapturedOutput output) {
		return output.toString().substring(Math.max(0, output.toString().indexOf("APPLICATION FAILED")));
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class })
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	static class UnreachableResource {

		@Bean
		LoopResource<String> broker() {
			return LoopResource.of("broker",
					(loop) -> Mono.error(new IllegalStateException("cannot connect", new ConnectException("refused"))),
					(value) -> Mono.empty());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SilentResource {

		@Bean
		LoopResource<String> broker() {
			return LoopResource.of("broker", (loop) -> Mono.never(), (value) -> Mono.empty());
		}

	}

}
