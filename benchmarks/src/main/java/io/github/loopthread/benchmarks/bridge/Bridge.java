package io.github.loopthread.benchmarks.bridge;

import io.micrometer.context.ContextRegistry;
import io.netty.channel.EventLoop;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.security.core.context.SecurityContextHolderThreadLocalAccessor;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.autoconfigure.security.LoopSecurityAutoConfiguration;

/**
 * The loop as an application has it, in one with Tomcat. The rivals use its thread
 * without its template.
 */
@State(Scope.Benchmark)
public class Bridge {

	LoopTemplate template;

	LoopTemplate unlimited;

	EventLoop eventLoop;

	Scheduler scheduler;

	private ConfigurableApplicationContext context;

	@Setup
	public void start() {
		SpringApplicationBuilder application = new SpringApplicationBuilder(Application.class).properties(
				"server.port=0", "server.address=127.0.0.1", "logging.level.root=warn", "spring.main.banner-mode=off",
				"loop.max-concurrent-tasks=5000", "loop.web-client.pending-acquire-max-count=5000",
				"%s=%s".formatted(io.github.loopthread.benchmarks.ways.Setup.METERED, isMetered()));
		if (!isSecured()) {
			ContextRegistry.getInstance()
				.removeThreadLocalAccessor(new SecurityContextHolderThreadLocalAccessor().key().toString());
			application.properties("spring.autoconfigure.exclude=" + LoopSecurityAutoConfiguration.class.getName());
		}
		this.context = application.run();
		LoopThread loop = this.context.getBean(LoopThread.class);
		this.template = this.context.getBean(LoopTemplate.class);
		this.unlimited = this.template.withoutTimeout();
		this.eventLoop = loop.eventLoopGroup().next();
		this.scheduler = Schedulers.fromExecutorService(this.eventLoop);
	}

	/**
	 * Return whether there is Spring Security. To ask it for a thread's authentication
	 * makes objects, also where there is none.
	 */
	boolean isSecured() {
		return false;
	}

	/**
	 * Return whether there is an actuator, with a registry of meters.
	 */
	boolean isMetered() {
		return false;
	}

	@TearDown
	public void stop() {
		this.context.close();
	}

	/** With nothing of its own. */
	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
