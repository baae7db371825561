package io.github.loopthread.starter;

import java.io.IOException;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The files of docs/getting-started.md are an application that does what the page says.
 * How it is built with Maven, and its own test, is the recipe's ('.ci/new-application').
 */
@Timeout(120)
@Tag("once")
class GettingStartedTests {

	private static final Pattern FILE = Pattern.compile("`([\\w./-]+)`:\n\n```\\w+\n(.*?)```", Pattern.DOTALL);

	private static final HttpClient http = HttpClient.newHttpClient();

	@TempDir
	private static Path folder;

	private static String document;

	private static URLClassLoader classes;

	@BeforeAll
	@Timeout(180)
	static void compile() throws IOException {
		document = Files.readString(Path.of("../docs/getting-started.md"));
		Map<String, String> files = new LinkedHashMap<>();
		FILE.matcher(document).results().forEach((file) -> files.put(file.group(1), file.group(2)));
		assertThat(files).hasSize(10).containsKeys("pom.xml", "services/Services.java");
		for (Map.Entry<String, String> file : files.entrySet()) {
			Path target = folder.resolve(file.getKey());
			Files.createDirectories(target.getParent());
			Files.writeString(target, file.getValue());
		}
		Path output = Files.createDirectories(folder.resolve("target/classes"));
		compile(files.keySet().stream().filter((file) -> file.endsWith(".java")).map(folder::resolve).toList(), output);
		classes = new URLClassLoader(new URL[] { output.toUri().toURL() }, GettingStartedTests.class.getClassLoader());
	}

	@Test
	void pageIsMadeOfServicesThatAreCalledAtOnce() throws Exception {
		// Either answers only when both have been asked
		CyclicBarrier both = new CyclicBarrier(2);
		ExecutorService threads = Executors.newCachedThreadPool();
		HttpServer services = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
		services.setExecutor(threads);
		services.createContext("/products/0", answer(new CyclicBarrier(1), "{\"name\": \"Ink\"}"));
		services.createContext("/stock/0", answer(new CyclicBarrier(1), "{\"available\": 0}"));
		services.createContext("/products/7", answer(both, "{\"name\": \"Pen\"}"));
		services.createContext("/stock/7", answer(both, "{\"available\": 3}"));
		services.start();
		Thread.currentThread().setContextClassLoader(classes);
		try (ConfigurableApplicationContext application = SpringApplication.run(
				classes.loadClass("com.example.shop.ShopApplication"), "--server.port=0",
				"--loop.web-client.base-url=http://localhost:" + services.getAddress().getPort())) {
			int port = ((WebServerApplicationContext) application).getWebServer().getPort();
			// The first page loads many classes, for longer than it may take
			await().atMost(Duration.ofSeconds(30))
				.untilAsserted(() -> assertThat(get(port, "/products/0")).contains("Ink"));
			assertThat(get(port, "/products/7")).isEqualTo(block("json"));
		}
		finally {
			Thread.currentThread().setContextClassLoader(GettingStartedTests.class.getClassLoader());
			services.stop(0);
			threads.shutdownNow();
		}
	}

	@Test
	void standInsAnswerWhatApplicationReads() throws Exception {
		int port = freePort();
		Process services = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Dport=" + port, "services/Services.java")
			.directory(folder.toFile())
			.inheritIO()
			.start();
		try {
			await().atMost(Duration.ofSeconds(60))
				.ignoreExceptions()
				.untilAsserted(() -> assertThat(get(port, "/products/7")).isEqualTo("{\"name\": \"Pen\"}"));
			assertThat(get(port, "/stock/7")).isEqualTo("{\"available\": 3}");
		}
		finally {
			services.destroyForcibly().waitFor();
		}
	}

	private static HttpHandler answer(CyclicBarrier both, String json) {
		return (exchange) -> {
			try {
				both.await(20, TimeUnit.SECONDS);
			}
			catch (Exception ex) {
				throw new IOException(ex);
			}
			byte[] body = json.getBytes(StandardCharsets.UTF_8);
			exchange.getResponseHeaders().set("Content-Type", "application/json");
			exchange.sendResponseHeaders(200, body.length);
			exchange.getResponseBody().write(body);
			exchange.close();
		};
	}

	private static String get(int port, String path) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
			.timeout(Duration.ofSeconds(20))
			.build();
		return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

	private static String block(String language) {
		return Pattern.compile("```" + language + "\n(.*?)\n```", Pattern.DOTALL)
			.matcher(document)
			.results()
			.map((MatchResult block) -> block.group(1))
			.findFirst()
			.orElseThrow();
	}

	private static void compile(List<Path> sources, Path output) throws IOException {
		JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
		StringWriter messages = new StringWriter();
		try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
			List<String> options = List.of("--release", "17", "-parameters",
					"-Xlint:all,-options,-classfile,-processing,-try", "-Werror", "-proc:none", "-d", output.toString(),
					"-classpath", System.getProperty("java.class.path"));
			boolean compiled = compiler
				.getTask(messages, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
				.call();
			assertThat(compiled).as(messages.toString()).isTrue();
		}
	}

}
