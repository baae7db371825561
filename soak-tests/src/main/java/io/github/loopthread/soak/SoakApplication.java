package io.github.loopthread.soak;

import java.util.Map;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;

import io.github.loopthread.LoopThread;

/**
 * A Spring MVC application as a user would have it, with Tomcat and the starter.
 */
@SpringBootApplication(proxyBeanMethods = false)
class SoakApplication {

	@Bean
	CallerValues callerValues() {
		return new CallerValues();
	}

	static ServletWebServerApplicationContext run(int upstreamPort) {
		ServletWebServerApplicationContext context = (ServletWebServerApplicationContext) new SpringApplicationBuilder(
				SoakApplication.class)
			.properties(Map.of("server.port", 0, "server.address", "127.0.0.1",
					// As many as there are at most, so that they can be counted
					"server.tomcat.threads.min-spare", 200, "server.tomcat.max-keep-alive-requests", -1,
					"spring.main.banner-mode", "off", "logging.level.root", "warn",
					// Every refused or reset connection is one of its warnings
					"logging.level.reactor.netty", "error",
					// Every 503 and 504 is one
					"logging.level.org.springframework.web", "error", "loop.web-client.base-url",
					"http://127.0.0.1:" + upstreamPort))
			.properties("loop.timeout=1s", "loop.shutdown.drain-timeout=300ms")
			.run();
		context.getBean(LoopThread.class).addListener(context.getBean(ToldOutcomes.class));
		return context;
	}

}
