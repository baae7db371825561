package io.github.loopthread.starter;

import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.CodeSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for what an application gets with the starter.
 */
class StarterTests {

	@Test
	void servletApplicationStaysServletApplication() {
		try (ConfigurableApplicationContext context = SpringApplication.run(Application.class, "--server.port=0")) {
			assertThat(context).isInstanceOf(ServletWebServerApplicationContext.class);
			assertThat(((WebServerApplicationContext) context).getWebServer()).isNotNull();
			assertThat(context.getBean(LoopThread.class).isRunning()).isTrue();
			assertThat(context.getBean(LoopTemplate.class).execute(Mono.just("value"))).isEqualTo("value");
			assertThat(context.getBean(WebClient.class)).isSameAs(context.getBean("loopWebClient"));
		}
	}

	@Test
	void closedApplicationLeavesNoThread() {
		runAndClose();
		Set<Thread> before = Thread.getAllStackTraces().keySet();
		runAndClose();
		await().pollInSameThread()
			.untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
				.filteredOn((thread) -> !before.contains(thread))
				.filteredOn(Thread::isAlive)
				.isEmpty());
	}

	@Test
	void executorsOfSpringBootStayInPlace() {
		try (ConfigurableApplicationContext context = SpringApplication.run(Application.class, "--server.port=0")) {
			assertThat(context.getBean("applicationTaskExecutor")).isInstanceOf(AsyncTaskExecutor.class);
			assertThat(context.getBeansOfType(Executor.class)).containsOnlyKeys("applicationTaskExecutor");
		}
	}

	@Test
	void bringsTheseArtifactsAndNoOthers() throws Exception {
		List<String> artifacts = lines("artifacts.txt").filter((line) -> line.matches("[^: ]+:[^: ]+:.*"))
			.map((line) -> line.split(":"))
			.map((parts) -> parts[0] + ":" + parts[1] + ((parts.length > 5) ? ":" + parts[3] : ""))
			.sorted()
			.toList();
		assertThat(artifacts).isEqualTo(lines("expected-artifacts.txt").toList());
	}

	@Test
	void autoConfigurationModuleHasItsMetadata() throws Exception {
		CodeSource module = LoopThread.class.getProtectionDomain().getCodeSource();
		for (String name : List.of("META-INF/spring-configuration-metadata.json",
				"META-INF/spring-autoconfigure-metadata.properties")) {
			String content = content(module.getLocation(), name);
			assertThat(content).contains("loop");
		}
	}

	private static void runAndClose() {
		try (ConfigurableApplicationContext context = SpringApplication.run(Application.class, "--server.port=0")) {
			int port = ((WebServerApplicationContext) context).getWebServer().getPort();
			Mono<?> task = context.getBean(WebClient.class)
				.get()
				.uri("http://localhost:%d/nothing".formatted(port))
				.exchangeToMono((response) -> response.releaseBody());
			context.getBean(LoopTemplate.class).execute(task);
		}
	}

	private static String content(URL module, String name) throws Exception {
		List<URL> urls = LoopThread.class.getClassLoader()
			.resources(name)
			.filter((url) -> url.toString().contains(module.getPath()))
			.toList();
		assertThat(urls).as("%s in %s", name, module).hasSize(1);
		try (var stream = urls.get(0).openStream()) {
			return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
		}
	}

	private static Stream<String> lines(String file) throws Exception {
		return new ClassPathResource(file).getContentAsString(StandardCharsets.UTF_8).lines().map(String::strip);
	}

	@SpringBootConfiguration
	@EnableAutoConfiguration
	static class Application {

	}

}
