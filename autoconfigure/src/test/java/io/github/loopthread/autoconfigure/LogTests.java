package io.github.loopthread.autoconfigure;

import java.util.List;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.NothingLeftExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an application with everything that is configured by itself finds in its log.
 */
@Timeout(180)
@Tag(NothingLeftExtension.OTHER_CLIENTS)
@ExtendWith(OutputCaptureExtension.class)
class LogTests {

	private static final String OURS = "INFO io.github.loopthread.";

	@Test
	void hasOneLineForEachStartAndOneForEachStopAndNothingElse(CapturedOutput output) {
		try (ConfigurableApplicationContext context = run()) {
			LoopThread loopThread = context.getBean(LoopThread.class);
			call(context);
			loopThread.stop();
			loopThread.start();
			call(context);
		}
		List<String> lines = output.getAll().lines().filter((line) -> line.startsWith(OURS)).toList();
		String started = OURS + "LoopThread Loop 'loop-%d' is running: transport (nio|epoll|kqueue), "
				+ "at most 1000 tasks at once, timeout 30000ms";
		String stopped = OURS + "LoopThread Loop 'loop-%d' has stopped after [0-9]+ms";
		assertThat(lines).hasSize(4);
		assertThat(lines.get(0)).matches(started.formatted(1));
		assertThat(lines.get(1)).matches(stopped.formatted(1));
		assertThat(lines.get(2)).matches(started.formatted(2));
		assertThat(lines.get(3)).matches(stopped.formatted(2));
	}

	private static ConfigurableApplicationContext run() {
		return new SpringApplication(Application.class).run("--server.port=0", "--spring.main.log-startup-info=false",
				"--spring.main.banner-mode=off", "--logging.pattern.console=%level %logger %msg%n",
				"--management.tracing.export.enabled=false");
	}

	/**
	 * From a controller, through the loop and its client, to the application itself.
	 */
	private static void call(ConfigurableApplicationContext context) {
		WebClient client = context.getBean(WebClient.class);
		int port = ((WebServerApplicationContext) context).getWebServer().getPort();
		Mono<String> hello = client.get()
			.uri("http://127.0.0.1:{port}/hello", port)
			.retrieve()
			.bodyToMono(String.class);
		assertThat(context.getBean(LoopTemplate.class).execute(hello)).isEqualTo("hello");
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		RouterFunction<ServerResponse> hello() {
			return RouterFunctions.route().GET("/hello", (request) -> ServerResponse.ok().body("hello")).build();
		}

	}

}
