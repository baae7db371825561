package io.github.loopthread.benchmarks;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * A Spring MVC application with next to nothing in it.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class StartupApplication {

	// That of LoopThread, which may not be there
	private static final int LOOP_PHASE = -1024;

	@Bean
	Phases phases() {
		return new Phases();
	}

	@Bean
	Stamp beforeLoop(Phases phases) {
		return new Stamp(LOOP_PHASE - 1, () -> phases.before = System.nanoTime());
	}

	@Bean
	Stamp afterLoop(Phases phases) {
		return new Stamp(LOOP_PHASE + 1, () -> phases.after = System.nanoTime());
	}

	/** When what starts in the loop's phase had its turn. */
	static class Phases {

		private volatile long before;

		private volatile long after;

		double loopMillis() {
			return (this.after - this.before) / 1e6;
		}

	}

	/** Does something when a phase begins. */
	static class Stamp implements SmartLifecycle {

		private final int phase;

		private final Runnable action;

		private volatile boolean running;

		Stamp(int phase, Runnable action) {
			this.phase = phase;
			this.action = action;
		}

		@Override
		public void start() {
			this.action.run();
			this.running = true;
		}

		@Override
		public void stop() {
			this.running = false;
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

		@Override
		public int getPhase() {
			return this.phase;
		}

	}

	/**
	 * The client of an application that has Spring Boot's starter for it and not ours.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(WebClient.class)
	@ConditionalOnMissingClass("io.github.loopthread.LoopThread")
	static class ClientConfiguration {

		@Bean
		WebClient webClient(WebClient.Builder builder) {
			return builder.build();
		}

	}

	@RestController
	static class HelloController {

		@GetMapping("/hello")
		String hello() {
			return "hello";
		}

	}

}
