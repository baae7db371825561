package io.github.loopthread.faults;

import java.time.Duration;
import java.util.List;

import reactor.core.publisher.Mono;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;

/**
 * The program of a process that is told to end while it starts. It takes its time at each
 * step, and says where it is.
 */
final class TerminatedProgram {

	/**
	 * What it says, in this order.
	 */
	static final List<String> STEPS = List.of("main", "bean", "opening", "starting", "running");

	private static final Duration STEP = Duration.ofMillis(300);

	private TerminatedProgram() {
	}

	public static void main(String[] args) {
		OtherProcess.say("main");
		new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.properties("spring.main.banner-mode=off", "loop.shutdown.drain-timeout=1s",
					// What does not end by then is said to be left behind
					"loop.shutdown.close-timeout=10s")
			.run();
		OtherProcess.say("running");
		Mono.never().block();
	}

	private static void take(String step) {
		OtherProcess.say(step);
		Mono.delay(STEP).block();
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class })
	static class Application {

		@Bean
		LoopResource<String> slow() {
			return LoopResource.of("slow",
					(loop) -> Mono.delay(STEP, loop.scheduler())
						.doOnSubscribe((subscription) -> OtherProcess.say("opening"))
						.thenReturn("open"),
					(value) -> Mono.empty());
		}

		@Bean
		SmartLifecycle later(LoopTemplate loop) {
			take("bean");
			return new SmartLifecycle() {

				private volatile boolean running;

				@Override
				public void start() {
					this.running = true;
					take("starting");
					loop.submit(Mono.never());
				}

				@Override
				public void stop() {
					this.running = false;
				}

				@Override
				public boolean isRunning() {
					return this.running;
				}

			};
		}

	}

}
