package io.github.loopthread.autoconfigure.jfr;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration for events in recordings of the Flight Recorder, where the JDK has
 * one.
 *
 * @since 1.0.0
 */
@AutoConfiguration
@ConditionalOnClass(name = "jdk.jfr.Event")
@ConditionalOnBooleanProperty(name = "loop.enabled", matchIfMissing = true)
public final class LoopFlightRecorderAutoConfiguration {

	@Bean
	static FlightRecorderPostProcessor loopFlightRecorderPostProcessor() {
		return new FlightRecorderPostProcessor();
	}

}
