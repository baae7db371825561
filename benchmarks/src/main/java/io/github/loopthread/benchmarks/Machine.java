package io.github.loopthread.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;

import io.vertx.core.Vertx;
import org.apache.hc.client5.http.async.HttpAsyncClient;
import org.springframework.boot.SpringBootVersion;
import org.springframework.core.SpringVersion;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/**
 * What a figure is worth nothing without.
 */
final class Machine {

	private Machine() {
	}

	static String describe() {
		Runtime runtime = Runtime.getRuntime();
		return """
				%s. %d processors (%s), load %s at the start. %s %s.
				Spring Boot %s, Spring Framework %s, Reactor %s, Reactor Netty %s, Netty %s, Apache HttpClient %s, Vert.x %s.
				"""
			.formatted(LocalDate.now(ZoneOffset.UTC), runtime.availableProcessors(), processor(), load(),
					System.getProperty("java.vm.name"), Runtime.version(), SpringBootVersion.getVersion(),
					SpringVersion.getVersion(), version(Mono.class, "reactor-core-"),
					version(HttpClient.class, "reactor-netty-http-"),
					version(io.netty.channel.Channel.class, "netty-transport-"),
					version(HttpAsyncClient.class, "httpclient5-"), version(Vertx.class, "vertx-core-"));
	}

	/** Return the version in the name of a library's jar, which is where all have it. */
	private static String version(Class<?> type, String prefix) {
		String jar = Path.of(java.net.URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString()))
			.getFileName()
			.toString();
		return jar.replace(prefix, "").replace(".jar", "");
	}

	private static String processor() {
		return lines("/proc/cpuinfo").stream()
			.filter((line) -> line.startsWith("model name"))
			.map((line) -> line.substring(line.indexOf(':') + 2))
			.findFirst()
			.orElse(System.getProperty("os.arch"));
	}

	private static String load() {
		return lines("/proc/loadavg").stream()
			.map((line) -> line.substring(0, line.indexOf(' ')))
			.findFirst()
			.orElse("unknown");
	}

	private static List<String> lines(String file) {
		try {
			return Files.readAllLines(Path.of(file));
		}
		catch (IOException ex) {
			return List.of();
		}
	}

}
