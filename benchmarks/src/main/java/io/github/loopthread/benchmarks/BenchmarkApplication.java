package io.github.loopthread.benchmarks;

import java.util.HashMap;
import java.util.Map;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.http.client.HttpComponentsClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.JdkClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.autoconfigure.ClientHttpRequestFactoryBuilderCustomizer;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.Bean;

import io.github.loopthread.benchmarks.ways.Setup;

/**
 * A Spring MVC application as a user would have it, with Tomcat: every way runs in one,
 * also where nobody calls it, since that is where ways are used.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class BenchmarkApplication {

	/**
	 * Without it the client asks for HTTP/2 with the first request of each connection,
	 * which is of no use in plain HTTP.
	 */
	@Bean
	ClientHttpRequestFactoryBuilderCustomizer<JdkClientHttpRequestFactoryBuilder> onlyHttp11() {
		return (builder) -> builder
			.withHttpClientCustomizer((client) -> client.version(java.net.http.HttpClient.Version.HTTP_1_1));
	}

	/**
	 * Without it there are 5 connections to a host.
	 */
	@Bean
	ClientHttpRequestFactoryBuilderCustomizer<HttpComponentsClientHttpRequestFactoryBuilder> connectionsOfApache() {
		return (builder) -> builder
			.withConnectionManagerCustomizer((connections) -> connections.setMaxConnTotal(Target.CONNECTIONS)
				.setMaxConnPerRoute(Target.CONNECTIONS));
	}

	/**
	 * Start an application.
	 * @param setup how it is configured
	 * @param target what its ways call
	 * @param certificate file with the certificate to trust, for a target with TLS
	 * @param initializers add beans
	 */
	static ServletWebServerApplicationContext run(Setup setup, Target target, String certificate,
			ApplicationContextInitializer<?>... initializers) {
		Map<String, Object> properties = new HashMap<>(setup.properties());
		properties.put("server.port", 0);
		properties.put("server.address", "127.0.0.1");
		// The load keeps its connections
		properties.put("server.tomcat.max-keep-alive-requests", -1);
		properties.put("logging.level.root", "warn");
		properties.put("spring.main.banner-mode", "off");
		properties.put("spring.threads.virtual.enabled", setup.isVirtual());
		// What Spring Boot takes where neither Apache's client nor Reactor Netty is there
		properties.putIfAbsent(Setup.FACTORY, "jdk");
		// Spring's limit of 256 KB is less than our largest body
		properties.put("spring.http.codecs.max-in-memory-size", "1MB");
		properties.put("loop.web-client.base-url", target.baseUrl());
		// As the others' pools, which keep theirs: with ours of 20 seconds, each round
		// would begin
		// with new connections, and with compiling once more what has met none for a
		// while
		properties.put("loop.web-client.max-idle-time", "1h");
		properties.put("loop.max-concurrent-tasks", 5000);
		properties.put("loop.web-client.pending-acquire-max-count", 20_000);
		if (target.tls()) {
			properties.put("spring.ssl.bundle.pem.upstream.truststore.certificate", "file:" + certificate);
			properties.put("spring.http.clients.ssl.bundle", "upstream");
		}
		if (setup.hasGlobalMdc()) {
			ContextRegistry.getInstance().registerThreadLocalAccessor(new Slf4jThreadLocalAccessor());
		}
		return (ServletWebServerApplicationContext) new SpringApplicationBuilder(BenchmarkApplication.class)
			.initializers(initializers)
			.properties(properties)
			.run();
	}

}
