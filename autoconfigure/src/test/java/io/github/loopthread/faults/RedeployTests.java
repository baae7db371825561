package io.github.loopthread.faults;

import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.loader.WebappLoader;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.servlet.support.SpringBootServletInitializer;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.context.support.WebApplicationContextUtils;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application that is deployed to a servlet container and undeployed, over and over:
 * the container finds no thread of it that goes on, nor anything else it would warn of.
 */
@Timeout(120)
class RedeployTests {

	// Five times, or twenty in the long form
	private static final int TIMES = (Integer.getInteger("storm.factor", 1) > 1) ? 20 : 5;

	// What the container says of what applications leave behind
	private final Logger containersLog = Logger.getLogger("org.apache.catalina.loader.WebappClassLoaderBase");

	private final Queue<String> warnings = new ConcurrentLinkedQueue<>();

	private final Handler listening = new Handler() {

		@Override
		public void publish(LogRecord logged) {
			// Not what it says of options that the JVM would need for further checks
			if (logged.getLevel().intValue() >= Level.WARNING.intValue()
					&& logged.getMessage().contains("The web application")) {
				RedeployTests.this.warnings.add(logged.getMessage());
			}
		}

		@Override
		public void flush() {
		}

		@Override
		public void close() {
		}

	};

	private final Tomcat tomcat = new Tomcat();

	@TempDir
	private Path directory;

	@BeforeEach
	void start() throws LifecycleException {
		this.containersLog.addHandler(this.listening);
		this.tomcat.setBaseDir(this.directory.toString());
		this.tomcat.start();
	}

	@AfterEach
	void stop() throws LifecycleException {
		this.tomcat.stop();
		this.tomcat.destroy();
		this.containersLog.removeHandler(this.listening);
	}

	@Test
	@DisplayName("N3 deployed and undeployed, over and over")
	void containerFindsNothingThatApplicationHasLeftBehind() throws Exception {
		for (int i = 0; i < TIMES; i++) {
			deployAndUndeploy(new Application());
			LoopThreads.assertNone("loop");
		}
		assertThat(this.warnings).isEmpty();
	}

	@Test
	@DisplayName("N3 a thread that goes on is found")
	void containerFindsThreadThatGoesOn() throws Exception {
		Thread[] left = new Thread[1];
		deployAndUndeploy((classes, context) -> {
			left[0] = new Thread(() -> Mono.never().block(), "left-behind");
			left[0].setContextClassLoader(context.getClassLoader());
			left[0].start();
		});
		left[0].interrupt();
		left[0].join(20_000);
		assertThat(this.warnings).singleElement().asString().contains("left-behind");
	}

	private void deployAndUndeploy(ServletContainerInitializer application) throws LifecycleException {
		StandardContext context = new StandardContext();
		context.setName("");
		context.setPath("");
		context.setDocBase(this.directory.toString());
		context.addLifecycleListener(new Tomcat.FixContextListener());
		context.setLoader(new WebappLoader());
		context.addServletContainerInitializer(application, Set.of());
		this.tomcat.getHost().addChild(context);
		if (application instanceof Application) {
			WebApplicationContext spring = WebApplicationContextUtils
				.getRequiredWebApplicationContext(context.getServletContext());
			assertThat(spring.getBean(LoopTemplate.class)
				.execute(Mono.fromSupplier(() -> Thread.currentThread().getContextClassLoader())))
				.isSameAs(context.getLoader().getClassLoader());
		}
		this.tomcat.getHost().removeChild(context);
		context.destroy();
	}

	/**
	 * The application, as Spring Boot has it in a container of somebody else's.
	 */
	private static final class Application extends SpringBootServletInitializer implements ServletContainerInitializer {

		@Override
		public void onStartup(Set<Class<?>> classes, ServletContext context) {
			try {
				onStartup(context);
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		}

		@Override
		protected SpringApplicationBuilder configure(SpringApplicationBuilder builder) {
			return builder.sources(Beans.class)
				.properties(List.of("spring.main.banner-mode=off", "spring.main.log-startup-info=false")
					.toArray(String[]::new));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class })
	static class Beans {

	}

}
