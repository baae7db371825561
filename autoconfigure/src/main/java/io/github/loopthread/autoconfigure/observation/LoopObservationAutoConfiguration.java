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
@ConditionalOnSingleCandidate(LoopThread.class)
public final class LoopObservationAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnSingleCandidate(ObservationRegistry.class)
	LoopTaskObservations loopTaskObservations(LoopThread loopThread, ObservationRegistry registry,
			ObjectProvider<LoopTaskObservationConvention> convention) {
		return new LoopTaskObservations(loopThread.getName(), registry, convention.getIfAvailable());
	}

	/**
	 * When every bean is there: what handles observations may itself use the loop.
	 */
	@Bean
	@ConditionalOnSingleCandidate(LoopTaskObservations.class)
	SmartInitializingSingleton loopTaskObservationsStart(LoopThread loopThread, LoopTaskObservations observations) {
		return () -> loopThread.addListener(observations);
	}

}
