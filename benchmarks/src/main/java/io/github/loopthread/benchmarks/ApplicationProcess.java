package io.github.loopthread.benchmarks;

import java.lang.management.ManagementFactory;

import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import tools.jackson.databind.json.JsonMapper;

import io.github.loopthread.benchmarks.ways.Way;
import io.github.loopthread.benchmarks.ways.WayType;

/**
 * The process of the Spring MVC application with one of the ways.
 */
final class ApplicationProcess {

	private ApplicationProcess() {
	}

	/** The role of a process: {@code application <way> <target as JSON> <calls>}. */
	static void main(String[] args) throws Exception {
		System.setProperty(Pages.WAY, args[0]);
		System.setProperty(Pages.TARGET, args[1]);
		System.setProperty(Pages.CALLS, args[2]);
		Target target = JsonMapper.shared().readValue(args[1], Target.class);
		try (ServletWebServerApplicationContext context = BenchmarkApplication.run(WayType.of(args[0]).setup(), target,
				"", Pages.class)) {
			Parent.tell(context.getWebServer().getPort());
			Parent.awaitGone();
			Parent.tell(ManagementFactory.getThreadMXBean().getPeakThreadCount());
		}
		System.exit(0);
	}

	/** The part of the application that is its own. */
	@Configuration(proxyBeanMethods = false)
	static class Pages {

		static final String WAY = "page.way";

		static final String TARGET = "page.target";

		static final String CALLS = "page.calls";

		@Bean
		Way way(ApplicationContext context, Environment environment) {
			Target target = JsonMapper.shared().readValue(environment.getRequiredProperty(TARGET), Target.class);
			return WayType.of(environment.getRequiredProperty(WAY)).create(context, target);
		}

		@Bean
		PageController pageController(Way way, Environment environment) {
			return new PageController(way, environment.getRequiredProperty(CALLS, Integer.class));
		}

		@Bean
		CallerValuesFilter callerValuesFilter(Environment environment) {
			return new CallerValuesFilter(WayType.of(environment.getRequiredProperty(WAY)).setup().hasContext());
		}

	}

}
