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
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.autoconfigure.context.LoopContextAutoConfiguration;
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
	@CsvSource(delimiter = '|', quoteCharacter = '"',
			textBlock = """
					loop.name                                  | ""                      | It must not be blank
					loop.name                                  | " "                     | It must not be blank
					loop.timeout                               | -1s                     | It must be more than zero
					loop.timeout                               | 0s                      | It must be more than zero
					loop.timeout                               | 10x                     | It must be a duration, such as '500ms'
					loop.timeout                               | soon                    | It must be a duration, such as '500ms'
					loop.timeout                               | 99999999999999999999s   | It must be a duration, such as '500ms'
					loop.max-concurrent-tasks                  | 0                       | It must be at least 1
					loop.max-concurrent-tasks                  | -5                      | It must be at least 1
					loop.max-concurrent-tasks                  | many                    | It must be a whole number
					loop.max-concurrent-tasks                  | 1.5                     | It must be a whole number
					loop.max-concurrent-tasks                  | 99999999999             | of at most 2147483647
					loop.startup-timeout                       | 0s                      | It must be more than zero
					loop.startup-timeout                       | 1 minute                | It must be a duration, such as '500ms'
					loop.transport                             | carrier-pigeon          | 'auto', 'nio', 'epoll', 'io-uring', 'kqueue'
					loop.shutdown.drain-timeout                | -1s                     | It must be zero
					loop.shutdown.drain-timeout                | never                   | It must be a duration, such as '500ms'
					loop.shutdown.close-timeout                | 0s                      | It must be more than zero
					loop.shutdown.close-timeout                | 2s2                     | It must be a duration, such as '500ms'
					loop.watchdog.threshold                    | -1ms                    | It must be zero
					loop.watchdog.threshold                    | off                     | It must be a duration, such as '500ms'
					loop.context.mdc                           | maybe                   | It must be 'true' or 'false'
					loop.context.locale                        | fr                      | It must be 'true' or 'false'
					loop.context.request-attributes            | 2                       | It must be 'true' or 'false'
					loop.web-client.base-url                   | ::bad                   | It must be a URL with scheme and host
					loop.web-client.base-url                   | ""                      | It must be a URL with scheme and host
					loop.web-client.base-url                   | /path                   | It must be a URL with scheme and host
					loop.web-client.base-url                   | api.example             | It must be a URL with scheme and host
					loop.web-client.base-url                   | ftp://api.example       | It must be a URL with scheme and host
					loop.web-client.base-url                   | http://                 | It must be a URL with scheme and host
					loop.web-client.base-url                   | http://quote_service     | It must be a URL with scheme and host
					loop.web-client.base-url                   | http://api.example:port | It must be a URL with scheme and host
					loop.web-client.base-url                   | http://api.example:9999999 | It must be a URL with scheme and host
					loop.web-client.max-connections            | 0                       | It must be at least 1
					loop.web-client.max-connections            | unlimited               | It must be a whole number
					loop.web-client.pending-acquire-max-count  | 0                       | It must be at least 1, or -1
					loop.web-client.pending-acquire-max-count  | -2                      | It must be at least 1, or -1
					loop.web-client.pending-acquire-timeout    | -1ms                    | It must be more than zero
					loop.web-client.pending-acquire-timeout    | 10sec                   | It must be a duration, such as '500ms'
					loop.web-client.max-idle-time              | 0s                      | It must be more than zero
					""")
	void valueThatIsNotAllowedIsReportedWithItsNameAndWhatIs(String property, String value, String rule,
			CapturedOutput output) {
		fail("--" + property + "=" + value);
		assertThat(report(output)).contains("APPLICATION FAILED TO START")
			.contains("Invalid value '%s' for configuration property '%s'".formatted(value, property))
			.contains("property source \"commandLineArgs\"")
			.contains("Validation failed for the following reason:\n\n")
			.contains(rule)
			.containsPattern("Action:\n\n(Review|Correct) the value of the property")
			.doesNotContain("\tat ");
		LoopThreads.assertNone("loop");
	}

	@ParameterizedTest
	@CsvSource({ "ftp://ada:hidden@api.example, ftp://******@api.example",
			"http://ada:hid/den@api.example, http://******@api.example",
			"http://ada:hid@den@quote_service, http://******@quote_service",
			"ada:hidden@api.example, ******@api.example" })
	void passwordInBaseUrlIsShownNowhere(String value, String shown, CapturedOutput output) {
		fail("--loop.web-client.base-url=" + value);
		assertThat(report(output))
			.contains("Invalid value '%s' for configuration property 'loop.web-client.base-url'".formatted(shown))
			.contains("property source \"commandLineArgs\"");
		assertThat(output).doesNotContain("hid").doesNotContain("den@");
	}

	@Test
	void propertiesOfOthersAreReportedAsSpringBootDoes(CapturedOutput output) {
		fail("--spring.lifecycle.timeout-per-shutdown-phase=10x");
		assertThat(report(output)).contains("Failed to bind properties")
			.contains("spring.lifecycle.timeout-per-shutdown-phase");
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
		fail(new Class<?>[] { Application.class, SilentResource.class }, "--loop.startup-timeout=1s");
		assertThat(report(output)).contains("Resource 'broker' did not open within 1000ms")
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
	@ImportAutoConfiguration({ LoopContextAutoConfiguration.class, LoopAutoConfiguration.class,
			LoopWebClientAutoConfiguration.class, LifecycleAutoConfiguration.class })
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
