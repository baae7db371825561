package io.github.loopthread.autoconfigure.observation;

import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.github.loopthread.LoopThread;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.observation.LoopTaskObservationConvention;
import io.github.loopthread.observation.LoopTaskObservations;

/**
 * Auto-configuration for {@link LoopTaskObservations}. A
 * {@link LoopTaskObservationConvention} bean decides their names and key values.
 *
 * @since 1.0.0
 */
@AutoConfiguration(after = LoopAutoConfiguration.class,
		afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBooleanProperty(name = "loop.enabled", matchIfMissing = true)
public final class LoopObservationAutoConfiguration {

	// Nested: on the outer class the loop would be looked for, and loaded, even where it
	// is
	// disabled
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnSingleCandidate(LoopThread.class)
	static class TaskObservationConfiguration {

		@Bean
		@ConditionalOnMissingBean
		@ConditionalOnSingleCandidate(ObservationRegistry.class)
		LoopTaskObservations loopTaskObservations(LoopThread loopThread, ObservationRegistry registry,
				ObjectProvider<LoopTaskObservationConvention> convention) {
			return new LoopTaskObservations(loopThread.getName(), registry, convention.getIfAvailable());
		}

		/**
		 * When every bean is there: what handles observations may itself use the loop.
		 * Not in a child context, where the tasks of its parent's loop are observed
		 * already.
		 */
		@Bean
		@ConditionalOnMissingBean(name = "loopTaskObservationsStart")
		@ConditionalOnSingleCandidate(LoopTaskObservations.class)
		SmartInitializingSingleton loopTaskObservationsStart(LoopThread loopThread, LoopTaskObservations observations) {
			return () -> loopThread.addListener(observations);
		}

	}

}
